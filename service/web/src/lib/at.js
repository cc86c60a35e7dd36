// Where a path of this site is, on a site that is published below a base path.
export const at = (path) => (document.documentElement.dataset.base ?? "") + path;
