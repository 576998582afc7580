/*
 * A page with the block's script in it, and a shopper's hand: picks variants, sends forms.  Reads the page and the acts
 * from standard input, prints what the page shows after each.
 */
import { readFileSync } from "node:fs";
import { JSDOM, VirtualConsole } from "jsdom";

const script = readFileSync(process.argv[2], "utf8");
const { html, acts } = JSON.parse(readFileSync(0, "utf8"));

const said = new VirtualConsole();
const errors = [];
said.on("jsdomError", (error) => errors.push(String(error.message)));
const { window } = new JSDOM(html, { url: "https://shop.example/products/chair", runScripts: "outside-only", virtualConsole: said });
const { document } = window;

const sent = [];
let answers = [];
window.fetch = (address, how) => {
  sent.push({ address: String(address), body: String(how.body), accept: how.headers.Accept });
  const next = answers.shift();
  return next === undefined ? Promise.reject(new TypeError("no network")) : Promise.resolve({ ok: next < 300, status: next, json: () => Promise.resolve({ detail: "Tick the box." }) });
};
const submitted = [];
window.HTMLFormElement.prototype.submit = function () { submitted.push(this.action); };

const settle = () => new Promise((done) => setTimeout(done, 15));

function shown() {
  const root = document.querySelector("[data-backorder]");
  const text = root.querySelector("[data-backorder-text]");
  const form = root.querySelector("[data-backorder-form]");
  const cart = document.querySelector("#add form, form#add");
  const data = Object.fromEntries(new window.FormData(cart));
  const thanks = form && form.querySelector("[data-backorder-said]");
  return {
    text: text.hidden ? "" : text.textContent,
    markup: text.innerHTML,
    css: text.className,
    form: form ? !form.hidden : null,
    variant: form ? form.elements.namedItem("variant").value : null,
    property: data["properties[_backorder_promise]"] ?? null,
    thanks: thanks && !thanks.hidden ? thanks.textContent : "",
    sent: [...sent],
    submitted: [...submitted],
  };
}

const hands = {
  load() { window.eval(script); },
  /* As most themes do: the hidden field's value is set and the event sent on. */
  pick(id) {
    const field = document.querySelector('form[action*="/cart/add"][data-main] [name="id"]');
    field.value = id;
    field.dispatchEvent(new window.Event("change", { bubbles: true }));
  },
  /* As some do: without any event. */
  pickSilently(id) { document.querySelector('form[action*="/cart/add"][data-main] [name="id"]').setAttribute("value", id); },
  buy() {
    const form = document.querySelector("form[data-main]");
    form.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  },
  ask(answer) {
    answers = answer === null ? [] : [answer];
    const form = document.querySelector("[data-backorder-form]");
    form.elements.namedItem("email").value = "ann@example.com";
    form.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  },
};

const seen = [];
for (const [name, ...given] of acts) {
  hands[name](...given);
  await settle();
  seen.push(shown());
}
process.stdout.write(JSON.stringify({ seen, errors, ran: document.querySelector("script[data-ran]") !== null }));
window.close();
