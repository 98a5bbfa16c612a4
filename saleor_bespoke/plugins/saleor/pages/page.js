"use strict";

// The list of commissions inside the Dashboard. Everything the shop answers is written as text,
// never as markup, and the token stays in this closure: not in an address, a store or a log.
(() => {
  const PAGE = 25;
  const PATIENCE = 10000; // milliseconds until a silent Dashboard is named as the reason
  const QUERY = `
    query BespokeDashboard($first: Int!, $after: String) {
      bespokeAttention(first: 1) { totalCount }
      bespokeProjects(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges {
          node {
            id
            number
            title
            channel
            stage
            stageSince
            currentPromise { step dueAt pausedAt lateAt }
            attention { id reason detail }
          }
        }
      }
    }`;

  const find = (id) => document.getElementById(id);
  const main = document.querySelector("main");
  const rows = document.querySelector("#list tbody");
  const { api, dashboards } = document.body.dataset;
  const trusted = [location.origin, ...dashboards.split(" ").filter(Boolean)];

  let token = "";
  let refused = ""; // a token the shop called expired: only another one is worth a new attempt
  let locale;
  let shown = [];
  let cursor = null;
  let total = 0;
  let attention = 0;
  let question = 0; // the answer to an older question than the last one is dropped

  const words = (name) => {
    if (name === "CAD") return name;
    const text = name.toLowerCase().replaceAll("_", " ");
    return text.charAt(0).toUpperCase() + text.slice(1);
  };

  const moment = (text, style) => {
    const time = document.createElement("time");
    time.dateTime = text;
    time.textContent = new Intl.DateTimeFormat(locale, style).format(new Date(text));
    return time;
  };

  const element = (name, children, attributes = {}) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const cell = (label, children) => element("td", children, { role: "cell", "data-label": label });

  const promised = (promise) => {
    if (!promise) return ["None open"];
    const due = moment(promise.dueAt, { dateStyle: "medium", timeStyle: "short" });
    const parts = [`${words(promise.step)} by `, due];
    if (promise.lateAt) parts.push(" ", element("span", ["Late"], { class: "warning" }));
    if (promise.pausedAt) parts.push(element("small", [" Waiting for the customer"]));
    return parts;
  };

  const wanted = (reasons) => {
    if (!reasons.length) return ["None"];
    const items = reasons.map(({ reason, detail }) =>
      element("li", [element("span", [words(reason)], { class: "warning" }), `: ${detail}`]),
    );
    return [element("ul", items)];
  };

  const row = (project) =>
    element(
      "tr",
      [
        element("th", [project.number], { role: "rowheader", scope: "row" }),
        cell("Title", [element("bdi", [project.title])]),
        cell("Stage", [
          words(project.stage),
          element("small", [" since ", moment(project.stageSince, { dateStyle: "medium" })]),
        ]),
        cell("Promise", promised(project.currentPromise)),
        cell("Attention", wanted(project.attention)),
      ],
      { role: "row" },
    );

  const say = (text) => {
    find("status").textContent = text;
  };

  const complain = (text, again) => {
    const parts = text ? [element("p", [text])] : [];
    if (again) {
      const button = element("button", ["Try again"], { type: "button" });
      button.addEventListener("click", again);
      parts.push(button);
    }
    find("problem").replaceChildren(...parts);
    if (text) say("");
  };

  const clear = () => {
    shown = [];
    cursor = null;
    rows.replaceChildren();
    find("list").hidden = find("more").hidden = true;
  };

  const summarise = () => {
    if (!shown.length) {
      say("There are no commissions yet. They appear here when a customer sends a brief.");
      return;
    }
    const count = shown.length < total ? `${shown.length} of ${total}` : `${total}`;
    const things = total === 1 ? "commission" : "commissions";
    const matters = attention === 1 ? "1 matter needs" : `${attention} matters need`;
    const needs = attention ? matters : "nothing needs";
    say(`${count} ${things}; ${needs} attention.`);
  };

  const draw = () => {
    rows.replaceChildren(...shown.map(row));
    find("list").hidden = !shown.length;
    find("more").hidden = !cursor;
    find("reload").hidden = false;
    summarise();
  };

  // What went wrong, in words for the person in front of the page.
  const refusal = (errors) => {
    const codes = errors.map((error) => error.extensions?.exception?.code);
    if (codes.includes("PermissionDenied")) {
      return "You may not see bespoke commissions. Ask an administrator of the shop for the permission to manage orders.";
    }
    return `The shop could not answer: ${errors[0].message}`;
  };

  const expired = (errors) =>
    errors.some((error) => error.extensions?.exception?.code === "ExpiredSignatureError");

  const ask = async (after) => {
    const answer = await fetch(api, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: QUERY, variables: { first: PAGE, after } }),
    });
    return answer.json();
  };

  const load = async (after = null) => {
    const mine = ++question;
    const asked = token;
    main.setAttribute("aria-busy", "true");
    complain("");
    say("Loading commissions…");
    try {
      const { data, errors } = await ask(after);
      if (mine !== question) return;
      if (errors && expired(errors)) {
        refused = asked;
        if (token !== asked) return void load(after);
        say("Your sign-in ran out. Waiting for the Dashboard to renew it…");
        return;
      }
      if (errors) {
        clear();
        complain(refusal(errors), () => load());
        return;
      }
      const { edges, pageInfo, totalCount } = data.bespokeProjects;
      shown = [...(after ? shown : []), ...edges.map((edge) => edge.node)];
      cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      total = totalCount;
      attention = data.bespokeAttention.totalCount;
      draw();
    } catch (error) {
      if (mine !== question) return;
      // fetch and json fail with these two when the shop is out of reach or a proxy answers for it
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      complain("The shop did not answer. Check the connection and try again.", () => load(after));
    } finally {
      if (mine === question) main.setAttribute("aria-busy", "false");
    }
  };

  const dress = (theme) => {
    document.documentElement.dataset.theme = theme === "dark" ? "dark" : "light";
  };

  const speak = (name) => {
    try {
      [locale] = Intl.getCanonicalLocales(String(name).replace("_", "-"));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      locale = undefined; // not a language: the browser's own serves
    }
    if (shown.length) draw();
  };

  const admit = (fresh) => {
    if (typeof fresh !== "string" || !fresh) return;
    const first = !token;
    const waiting = token && token === refused;
    token = fresh;
    if (first || waiting) load();
  };

  window.addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || !trusted.includes(origin)) return;
    const payload = data?.payload ?? {};
    if (data?.type === "handshake" || data?.type === "tokenRefresh") admit(payload.token);
    if (data?.type === "theme") dress(payload.theme);
    if (data?.type === "localeChanged") speak(payload.locale);
  });

  find("reload").addEventListener("click", () => load());
  find("more").addEventListener("click", () => load(cursor));
  dress(new URLSearchParams(location.search).get("theme"));

  if (window.parent === window) {
    main.setAttribute("aria-busy", "false");
    complain("This page belongs inside the Dashboard: open Orders, then Bespoke.");
    return;
  }
  const ready = { type: "notifyReady", payload: { actionId: crypto.randomUUID?.() ?? "ready" } };
  const parents = location.ancestorOrigins ? [location.ancestorOrigins[0]] : trusted;
  for (const target of parents) {
    if (trusted.includes(target)) window.parent.postMessage(ready, target);
  }
  setTimeout(() => {
    if (token) return;
    main.setAttribute("aria-busy", "false");
    complain("The Dashboard did not introduce itself. Reload the Dashboard; if that does not help, the shop's operator finds the allowed addresses under DASHBOARD_ORIGINS.");
  }, PATIENCE);
})();
