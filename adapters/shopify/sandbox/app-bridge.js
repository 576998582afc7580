// As much of App Bridge as an app needs to know who looks at it: window.shopify.idToken(), window.shopify.config, and
// the session token in every fetch to the app's own address.
(() => {
  "use strict";
  const script = document.currentScript;
  // A test may answer for Shopify's own address of this script; the admin that frames the page is asked all the same.
  const sandbox = location.ancestorOrigins?.[0] ?? new URL(script.src).origin;
  const here = new URL(location.href).searchParams;
  const apiKey = script.dataset.apiKey || document.querySelector('meta[name="shopify-api-key"]')?.content;
  if (!apiKey) throw new Error("App Bridge: the script needs data-api-key, or the page a meta tag shopify-api-key");

  const waiting = new Map();
  let asked = 0;
  addEventListener("message", (event) => {
    if (event.origin !== sandbox || event.data?.sandbox !== "id token") return;
    waiting.get(event.data.number)?.(event.data.token);
    waiting.delete(event.data.number);
  });

  const plain = window.fetch.bind(window);
  // In the frame the admin is asked, as the real one is, so that the page's own policy need not allow the call.
  const idToken = async () => {
    if (window.parent === window) return (await plain(`${sandbox}/session-token`, {credentials: "omit"})).text();
    const number = ++asked;
    const answer = new Promise((resolve) => waiting.set(number, resolve));
    window.parent.postMessage({sandbox: "id token, please", number}, sandbox);
    return answer;
  };

  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin === location.origin && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", `Bearer ${await idToken()}`);
    }
    return plain(request);
  };
  window.shopify = {
    config: {apiKey, shop: here.get("shop") ?? "", host: here.get("host") ?? "", locale: here.get("locale") ?? "en"},
    idToken,
  };
})();
