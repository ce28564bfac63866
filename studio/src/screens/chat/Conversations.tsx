import { Trash2 } from "lucide-react";
import { useState } from "react";
import { when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Empty } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { forgetConversation, listConversations } from "./conversations";

interface Props {
  here: string;
  onClose: () => void;
  onOpen: (id: string) => void;
  onForgot: (id: string) => void;
}

export function Conversations({ here, onClose, onOpen, onForgot }: Props) {
  const [listed, setListed] = useState(listConversations);
  return (
    <Dialog heading={text.chat.conversations} open onClose={onClose}>
      {listed.length === 0 ? (
        <Empty>{text.chat.noConversations}</Empty>
      ) : (
        <ul className="conversations">
          {listed.map((one) => (
            <li key={one.id}>
              <button type="button" className="open" aria-current={one.id === here ? "true" : undefined} onClick={() => onOpen(one.id)}>
                <strong><bdi>{one.title || text.chat.untitled}</bdi></strong>
                <span className="soft small">{when(one.changed / 1000)}</span>
              </button>
              <Button
                look="quiet"
                little
                icon={Trash2}
                name={text.chat.remove(one.title || text.chat.untitled)}
                onClick={() => {
                  onForgot(one.id);
                  forgetConversation(one.id);
                  setListed(listConversations());
                  toast(text.chat.removed);
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
