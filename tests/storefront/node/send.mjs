/* The plugin's form with its script: what is sent, and what the page says.  Reads the page from standard input. */
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { html, answer } = JSON.parse(readFileSync(0, "utf8"));
const { window } = new JSDOM(html, { url: "https://shop.example/product/7/", runScripts: "outside-only" });
const sent = [];
const submitted = [];
window.HTMLFormElement.prototype.submit = function () { submitted.push(this.action); };
window.fetch = (address, how) => {
  sent.push({ address: String(address), body: String(how.body), accept: how.headers.Accept, credentials: how.credentials });
  if (answer === null) { return Promise.reject(new TypeError("no network")); }
  return Promise.resolve({ ok: answer < 300, status: answer, json: () => Promise.resolve({ detail: "Tick the box." }) });
};
window.eval(readFileSync(process.argv[2], "utf8"));
const form = window.document.querySelector("form");
form.elements.namedItem("email").value = "ann@example.com";
form.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
await new Promise((done) => setTimeout(done, 15));
const said = form.querySelector(".backorder-connector-said");
process.stdout.write(JSON.stringify({ sent, submitted, said: said.hidden ? "" : said.textContent }));
window.close();
