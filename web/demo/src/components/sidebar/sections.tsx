import { useEffect, useRef, type MouseEvent } from "react";
import { NARROW, useMediaQuery, useSession } from "../../state/hooks.ts";
import { formatRoute, navigate, route, type Route, type Section } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";

const SECTIONS: readonly { readonly section: Section; readonly name: string }[] = [
  { section: "conversations", name: "Conversations" },
  { section: "forums", name: "Forums" },
];

/** The switch between the two lists; with room for it, each comes back with what was open there. */
export function Sections() {
  const here = useStore(route);
  const narrow = useMediaQuery(NARROW);
  const last = useRef(new Map<Section, Route>());
  useEffect(() => {
    last.current.set(here.section, here);
  }, [here]);
  const follow = (event: MouseEvent, section: Section) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (section === here.section) return;
    const before = narrow ? undefined : last.current.get(section);
    navigate(before === undefined || before.invitation !== null ? { section } : before);
  };
  return (
    <ul className="sections" aria-label="Sections">
      {SECTIONS.map(({ section, name }) => (
        <li key={section}>
          <a
            className="section-link"
            href={formatRoute({ section })}
            aria-current={here.section === section ? "true" : undefined}
            onClick={(event) => {
              follow(event, section);
            }}
          >
            {name}
            {section === "conversations" ? <UnreadMessages /> : <UnreadPosts />}
          </a>
        </li>
      ))}
    </ul>
  );
}

function UnreadMessages() {
  let unread = 0;
  for (const conversation of useStore(useSession().conversations).values()) unread += conversation.unread;
  return unread === 0 ? null : <Count count={unread} words={`${String(unread)} unread`} />;
}

/** Mentions are counted; that something else was written is a dot. */
function UnreadPosts() {
  let unread = 0;
  let mentions = 0;
  for (const topic of useStore(useSession().forums.topics).values()) {
    unread += topic.unread;
    mentions += topic.mentions;
  }
  if (mentions > 0) return <Count count={mentions} words={mentions === 1 ? "1 mention" : `${String(mentions)} mentions`} />;
  if (unread === 0) return null;
  return (
    <span className="section-dot">
      <span className="visually-hidden">Unread posts</span>
    </span>
  );
}

function Count({ count, words }: { count: number; words: string }) {
  return (
    <span className="badge">
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
