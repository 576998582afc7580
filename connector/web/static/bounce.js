// Stands on the page without content: fetch a fresh session token and go where the owner was going.
(async () => {
  const token = await window.shopify.idToken();
  const query = new URLSearchParams(window.location.search);
  query.set("id_token", token);
  query.set("embedded", "1");
  query.set("bounced", document.querySelector('meta[name="bounced"]').content);
  window.location.replace(`${window.location.pathname}?${query}`);
})();
