import { useEffect, useRef } from "preact/hooks";
import { keyMap, roomKeys } from "../keys.ts";
import { hasSingleKeys, switchSingleKeys } from "../state.ts";

/** All keys, and the switch that turns single ones off. */
export function KeyHelp({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {keyMap.map(({ keys, says }) => (
          <>
            <dt>
              {keys.map((key) => (
                <>
                  <kbd key={key}>{nameKey(key)}</kbd>{" "}
                </>
              ))}
            </dt>
            <dd>{says}</dd>
          </>
        ))}
        <dt>
          <kbd>1</kbd> … <kbd>9</kbd>
        </dt>
        <dd>label, by its number</dd>
        <dt>
          <kbd>g</kbd> then
        </dt>
        <dd class="room-keys">
          {[...roomKeys()].map(([key, room]) => (
            <span key={key}>
              <kbd>{key}</kbd> {room}
            </span>
          ))}
        </dd>
      </dl>
      <label>
        <input
          type="checkbox"
          checked={hasSingleKeys.value}
          onChange={(event) => switchSingleKeys(event.currentTarget.checked)}
        />
        Single letters are keys
      </label>
      <button type="button" class="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

const nameKey = (key: string): string => ({ ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" })[key] ?? key;
