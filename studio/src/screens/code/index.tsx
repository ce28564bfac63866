import { CodeScreen } from "./CodeScreen";

export default CodeScreen;
