import { Models } from "./Models";

export default Models;
