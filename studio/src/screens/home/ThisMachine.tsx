import { machine, speed } from "../../api/answers";
import { useLoaded } from "../../api/use";
import { bytes, duration } from "../../parts/amounts";
import { Card } from "../../parts/Card";
import { Meter } from "../../parts/Meter";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";

export function ThisMachine() {
  const { data, fault, again } = useLoaded(machine);
  const rate = useLoaded(speed).data?.flops;
  return (
    <Card heading={text.home.machine}>
      {data === undefined ? (
        fault ? <Fault fault={fault} again={again} /> : <Waiting height="13rem" />
      ) : (
        <>
          <p>
            {text.home.cores(data.cores)}, {data.processor}
            {rate !== undefined && <>, {text.home.speed(Math.round(rate / 1e9))}</>}
          </p>
          <Meter
            name={text.home.memory}
            shown={text.home.memoryFree(bytes(data.free_bytes), bytes(data.memory_bytes))}
            value={data.memory_bytes - data.free_bytes}
            most={data.memory_bytes}
          />
          <Meter
            name={text.home.load}
            shown={text.home.loadOf(data.load.toFixed(1), data.cores)}
            value={data.load}
            most={data.cores}
          />
          <ul className="facts small soft">
            <li>
              {text.home.disk}: {text.home.diskFree(bytes(data.disk_free_bytes))}
            </li>
            <li>
              {data.sandbox ? text.home.sandbox : <>{text.home.noSandbox} <code>{text.home.sandboxCommand}</code></>}
            </li>
            <li>{data.models_open.length > 0 ? text.home.open(data.models_open.join(", ")) : text.home.noneOpen}</li>
            <li>
              {text.home.version(data.anew, data.torch)}, {text.home.up(duration(data.up_seconds))}
            </li>
          </ul>
        </>
      )}
    </Card>
  );
}
