// <strategraph-network src="https://portal.example/network?country=PL">: the network explorer in a page of another site.
// Load it as a module from the portal: <script type="module" src="https://portal.example/network/component.js"></script>
// What stands inside the element is shown where scripts are off. A node that a reader chooses is told by the event
// `strategraph-choose`, whose detail is { iri, name }.
const HOME = import.meta.url;

class StrategraphNetwork extends HTMLElement {
  static observedAttributes = ["src", "label", "height", "lang"];

  #frame = document.createElement("iframe");
  #told = (event) => this.#hear(event);

  constructor() {
    super();
    const style = new CSSStyleSheet();
    style.replaceSync(":host { display: block; } :host([hidden]) { display: none; } iframe { display: block; width: 100%; border: 0; }");
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    this.#frame.loading = "lazy";
    this.#frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads");
    root.append(this.#frame);
  }

  connectedCallback() {
    this.#show();
    addEventListener("message", this.#told);
  }

  disconnectedCallback() {
    removeEventListener("message", this.#told);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  // The address of the explorer in a frame, for the address of its page; null for anything that is no web address.
  get address() {
    const found = URL.parse?.(this.getAttribute("src") ?? "../network", HOME) ?? null;
    if (!found || !/^https?:$/.test(found.protocol)) return null;
    if (!found.pathname.endsWith("/network/embed")) found.pathname = found.pathname.replace(/(\/network)?\/?$/, "/network/embed");
    if (this.lang) found.searchParams.set("lang", this.lang);
    found.hash = "";
    return found;
  }

  #show() {
    const address = this.address;
    this.#frame.height = Math.max(240, Number.parseInt(this.getAttribute("height"), 10) || 640);
    this.#frame.title = this.getAttribute("label") ?? "Strategraph";
    if (!address) return this.#frame.removeAttribute("src");
    if (this.#frame.src !== address.href) this.#frame.src = address.href;
  }

  #hear({ source, data }) {
    if (source !== this.#frame.contentWindow || data?.strategraph !== "choose") return;
    const { iri, name } = data;
    this.dispatchEvent(new CustomEvent("strategraph-choose", { bubbles: true, detail: { iri, name } }));
  }
}

if (!customElements.get("strategraph-network")) customElements.define("strategraph-network", StrategraphNetwork);
