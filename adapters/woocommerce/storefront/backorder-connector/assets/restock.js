/* Sends the form without leaving the page.  Without this script it is sent as any form is. */
(function () {
  "use strict";

  function say(form, text) {
    var said = form.querySelector(".backorder-connector-said");
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
    var button = form.querySelector("button");
    event.preventDefault();
    button.disabled = true;
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      credentials: "omit",
    }).then(function (answer) {
      return answered(form, button, answer);
    }).catch(function () {
      button.disabled = false;
      form.submit();
    });
  }

  /* The variation that was picked above is the one that is asked for. */
  function follow(form) {
    var select = form.querySelector("select[name=variant]");
    if (!select || !window.jQuery) { return; }
    window.jQuery(document).on("found_variation", function (_, variation) {
      var picked = String(Number(variation.variation_id));
      if (Array.from(select.options).some(function (one) { return one.value === picked; })) {
        select.value = picked;
      }
    });
  }

  document.querySelectorAll("form.backorder-connector-restock").forEach(function (form) {
    form.addEventListener("submit", send);
    follow(form);
  });
})();
