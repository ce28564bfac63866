import "./home.css";
import { Starts } from "./Starts";
import { ThisMachine } from "./ThisMachine";
import { Creations, Runs } from "./Last";
import { Models } from "./Models";
import { models } from "../../api/answers";
import { useLoaded } from "../../api/use";
import { text } from "../../text";

export function Home() {
  const listed = useLoaded(models);
  return (
    <div className="home">
      <header>
        <h1>{text.home.heading}</h1>
        <p className="soft">{text.home.intro}</p>
      </header>
      <Starts models={listed.data?.data} />
      <div className="home-columns">
        <div className="home-column">
          <Models listed={listed} />
          <Creations />
        </div>
        <div className="home-column">
          <ThisMachine />
          <Runs />
        </div>
      </div>
    </div>
  );
}
