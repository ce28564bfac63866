import { Play } from "lucide-react";
import { bytes, count } from "../../parts/amounts";
import { spellRoute } from "../../shell/route";
import { text } from "../../text";
import { useOf, type Kept } from "./kinds";

/** A link that looks like a button: it goes somewhere. */
export function Uses({ one, look = "" }: { one: Kept; look?: string }) {
  return useOf(one)
    .filter((use) => use.address !== "")
    .map((use) => (
      <a key={use.act} className={`button ${look}`} href={use.address} aria-label={text.models.useIt(use.act, one.name)}>
        <Play size={16} aria-hidden />
        {use.act}
      </a>
    ));
}

export function Row({ one }: { one: Kept }) {
  const { models: words } = text;
  const { stored, listed } = one;
  const params = listed?.anew.params;
  return (
    <li>
      <div className="models-what">
        <h3>
          {stored === undefined ? one.name : <a href={spellRoute("models", { model: one.name })}>{one.name}</a>}
          {stored?.open === true && <span className="models-open">{words.open}</span>}
        </h3>
        <p>{useOf(one).map((use) => use.words).join(" ")}</p>
        {stored !== undefined && stored.about !== "" && <p className="soft small">{stored.about}</p>}
        <p className="soft small models-facts">
          {stored !== undefined && <span>{stored.licence ?? words.noLicence}</span>}
          {stored !== undefined && <span>{bytes(stored.bytes)}</span>}
          {typeof params === "number" && <span>{words.params(count(params))}</span>}
          {stored !== undefined && stored.aliases.length > 0 && <span>{words.also(stored.aliases.join(", "))}</span>}
          {stored === undefined && <span>{words.installed}</span>}
        </p>
      </div>
      <div className="models-acts">
        <Uses one={one} look="little" />
      </div>
    </li>
  );
}
