// What the modules of the explorer share: the element they fill in.
export const $ = (id) => document.getElementById(id);
export const net = $("net");
