import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./parts/tokens.css";
import "./parts/parts.css";
import "./shell/shell.css";
import { App } from "./shell/App";
import { showTheme } from "./shell/theme";

showTheme();
const place = document.getElementById("studio");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
