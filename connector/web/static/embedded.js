// Inside the shop's admin no cookie can be relied on: every link and form carries a fresh session token instead.
(() => {
  const carried = new URLSearchParams(window.location.search);

  async function address(url) {
    const to = new URL(url, window.location.href);
    for (const key of ["shop", "host", "locale"]) {
      if (carried.has(key) && !to.searchParams.has(key)) to.searchParams.set(key, carried.get(key));
    }
    to.searchParams.set("embedded", "1");
    to.searchParams.set("id_token", await window.shopify.idToken());
    return to;
  }

  function ours(url) {
    return new URL(url, window.location.href).origin === window.location.origin;
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !ours(link.href) || link.getAttribute("href").startsWith("#") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    window.location.assign(await address(link.href));
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!ours(form.action)) return;
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    if (form.method !== "post") {
      const to = new URL(form.action);
      for (const [key, value] of fields) to.searchParams.set(key, value);
      window.location.assign(await address(to));
      return;
    }
    const token = await window.shopify.idToken();
    const answer = await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { Authorization: `Bearer ${token}` },
    });
    if (answer.redirected) {
      window.location.assign(await address(answer.url));
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (!main) {
      window.location.assign(await address(window.location.href));
      return;
    }
    document.querySelector("main").replaceWith(main);
    window.scrollTo(0, 0);
  });
})();
