// The API explorer of the embedded shop: it asks the address it was served from.
"use strict";

const WELCOME = `# Welcome to the embedded shop.
#
# Log in with an account from the terminal:
mutation LogIn {
  tokenCreate(email: "", password: "") {
    token
    errors { field message code }
  }
}

# Put the token into the Headers tab below,
#
#   { "Authorization": "Bearer THE_TOKEN" }
#
# and ask: Ctrl+Space completes names,
# the book at the left documents them.
query WhoAmI {
  me { email }
}
`;

ReactDOM.createRoot(document.getElementById("explorer")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultQuery: WELCOME,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: true,
  }),
);
