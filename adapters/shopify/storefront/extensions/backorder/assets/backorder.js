/*
 * Follows the variant that is picked, has the promise go with the order, and sends the restock form without leaving the
 * page.  Without this script the variant that the page was made with is shown, and the form is sent as any form is.
 */
(function () {
  "use strict";

  if (window.backorderConnector) { return; }
  window.backorderConnector = true;

  var serial = 0;

  /* The texts come with the page's own escapes; a document that is never shown takes them off again. */
  function plain(html) {
    return new DOMParser().parseFromString(html, "text/html").documentElement.textContent;
  }

  function variantsOf(root) {
    var held = root.querySelector("[data-backorder-variants]");
    try {
      return JSON.parse(held.textContent);
    } catch (error) {
      return {};
    }
  }

  function isOfProduct(form, variants) {
    var id = form.querySelector('[name="id"]');
    return Boolean(id) && Object.prototype.hasOwnProperty.call(variants, id.value);
  }

  /* The form that puts this product into the cart; a page may have others, of products it recommends. */
  function formOf(root, variants) {
    var section = root.closest(".shopify-section") || document;
    var near = Array.from(section.querySelectorAll('form[action*="/cart/add"]'));
    var all = near.concat(Array.from(document.querySelectorAll('form[action*="/cart/add"]')));
    return all.find(function (form) { return isOfProduct(form, variants); });
  }

  function promise(said) {
    return JSON.stringify({
      text: plain(said.text).slice(0, 600),
      from: said.from || null,
      until: said.until || null,
      at: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
      where: "product page",
    });
  }

  /* Written anew only for another variant or form, or when it is sent: every write is a change that we would see. */
  function carry(root, form, id, said, sending) {
    var input = root.querySelector("[data-backorder-promise]");
    if (!sending && root.dataset.promised === id && input.form === form) { return; }
    root.dataset.promised = id;
    if (!form.id) {
      serial += 1;
      form.id = "backorder-form-" + serial;
    }
    input.setAttribute("form", form.id);
    input.disabled = said.status !== "backorder";
    input.value = input.disabled ? "" : promise(said);
  }

  function show(root, id, said) {
    var text = root.querySelector("[data-backorder-text]");
    text.textContent = plain(said.text);
    text.hidden = text.textContent === "";
    text.className = "backorder__text backorder__text--" + said.status;
    var form = root.querySelector("[data-backorder-form]");
    if (form) {
      form.hidden = said.status !== "sold_out";
      form.elements.namedItem("variant").value = id;
    }
  }

  function update(root, sending) {
    var variants = variantsOf(root);
    var form = formOf(root, variants);
    if (!form) { return; }
    var id = form.querySelector('[name="id"]').value;
    carry(root, form, id, variants[id], sending);
    if (root.dataset.shown !== id) {
      root.dataset.shown = id;
      show(root, id, variants[id]);
    }
  }

  function updateAll() {
    document.querySelectorAll("[data-backorder]").forEach(function (root) { update(root, false); });
  }

  function sending() {
    document.querySelectorAll("[data-backorder]").forEach(function (root) { update(root, true); });
  }

  function later() {
    // Themes write the picked variant into the form while they handle the same event.
    window.setTimeout(updateAll, 0);
  }

  function say(form, text) {
    var said = form.querySelector("[data-backorder-said]");
    said.textContent = text;
    said.hidden = false;
  }

  /* What is wrong is said in the page; where nobody answered, the form itself can still be sent. */
  function answered(form, button, answer) {
    if (answer.ok) {
      say(form, form.dataset.thanks);
      return undefined;
    }
    return answer.json().then(function (problem) {
      if (answer.status >= 500 || !problem.detail) { throw new Error(String(answer.status)); }
      button.disabled = false;
      say(form, problem.detail);
    });
  }

  function send(event) {
    var form = event.target;
    if (!form.matches || !form.matches("[data-backorder-form]")) { return; }
    event.preventDefault();
    var button = form.querySelector("button");
    button.disabled = true;
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
    }).then(function (answer) {
      return answered(form, button, answer);
    }).catch(function () {
      button.disabled = false;
      form.submit();
    });
  }

  function watch() {
    updateAll();
    document.addEventListener("change", later);
    document.addEventListener("submit", sending, true);
    document.addEventListener("submit", send);
    document.addEventListener("shopify:section:load", later);
    // Some themes change the form without any event, or put a new one in its place.
    new MutationObserver(later).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["value"],
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", watch);
  } else {
    watch();
  }
})();
