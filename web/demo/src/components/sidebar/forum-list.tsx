import { LoaderCircle } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { OpenTopic } from "sealpost";
import { explain } from "../../lib/errors.ts";
import { categories, type Category } from "../../lib/topics.ts";
import { NARROW, useMediaQuery, useSession } from "../../state/hooks.ts";
import { route } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { JoinOpenDialog } from "../forum/join/join-open-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { moveFocus } from "./move-focus.ts";
import { OpenTopicRow, TopicRow } from "./topic-row.tsx";

/** Categories with the topics one is in, and those one could join. */
export function ForumList({ onNew, onNewCategory }: { onNew: () => void; onNewCategory: () => void }) {
  const { forums } = useSession();
  const status = useStore(forums.status);
  const mayCreate = useStore(forums.mayCreate);
  const list = useRef<HTMLDivElement>(null);
  const { topicId } = useStore(route);
  const all = categories(useStore(forums.forums), useStore(forums.topics), useStore(forums.open));
  const [joining, setJoining] = useState<OpenTopic | null>(null);
  useDiscovery();
  useReturningFocus(list, topicId);

  const known = all.some(({ topics }) => topics.length > 0);
  if (status.phase === "loading" && !known) {
    return (
      <div className="list-empty" role="status">
        <LoaderCircle className="spinner" aria-hidden="true" />
        <span className="visually-hidden">Loading forums…</span>
      </div>
    );
  }
  if (status.phase === "failed" && !known) {
    return (
      <div className="list-empty">
        <h2>The forums could not be loaded</h2>
        <p role="alert">{explain(status.code, status.message)}</p>
        <Button onClick={() => void forums.load()}>Try again</Button>
      </div>
    );
  }
  const rows = all.flatMap(({ topics, open }) => [...topics, ...open].map(({ id }) => id));
  // One stop for Tab; the arrows go on from there.
  const stop = rows.find((id) => id === topicId) ?? rows[0] ?? null;
  return (
    <div ref={list} className="forum-list" onKeyDown={moveFocus}>
      {all.map((category) => (
        <CategorySection key={category.forum.id} category={category} current={topicId} stop={stop} onJoin={setJoining} />
      ))}
      {rows.length === 0 && <NoTopics hasCategories={all.length > 0} mayCreate={mayCreate} onNew={onNew} onNewCategory={onNewCategory} />}
      <JoinOpenDialog
        topic={joining}
        onClose={() => {
          setJoining(null);
        }}
      />
    </div>
  );
}

interface NoTopicsProps {
  hasCategories: boolean;
  /** Whether this person may create categories. */
  mayCreate: boolean;
  onNew: () => void;
  onNewCategory: () => void;
}

function NoTopics({ hasCategories, mayCreate, onNew, onNewCategory }: NoTopicsProps) {
  return (
    <div className="forum-empty">
      {hasCategories ? (
        <p>A topic is a place where many people talk, and only its members read along.</p>
      ) : (
        <p>Topics are in categories, and this relay has none yet.</p>
      )}
      {hasCategories && (
        <Button kind="primary" onClick={onNew}>
          Start a topic
        </Button>
      )}
      {mayCreate && (
        <Button kind={hasCategories ? "secondary" : "primary"} onClick={onNewCategory}>
          Create a category
        </Button>
      )}
      {!mayCreate && <p className="forum-empty-note">Categories are created by the relay’s administrators.</p>}
    </div>
  );
}

interface CategorySectionProps {
  category: Category;
  current: string | null;
  /** The row that Tab goes to. */
  stop: string | null;
  onJoin: (topic: OpenTopic) => void;
}

function CategorySection({ category: { forum, topics, open }, current, stop, onJoin }: CategorySectionProps) {
  const id = useId();
  return (
    <section className="category" aria-labelledby={id}>
      <h2 className="category-name" id={id}>
        <bdi>{forum.name}</bdi>
      </h2>
      {topics.length === 0 && open.length === 0 && <p className="category-empty">No topics here yet</p>}
      {topics.length > 0 && (
        <ul aria-label={`Topics in ${forum.name}`}>
          {topics.map((topic) => (
            <TopicRow key={topic.id} topic={topic} current={topic.id === current} tabStop={topic.id === stop} />
          ))}
        </ul>
      )}
      {open.length > 0 && (
        <>
          <h3 className="category-more">Open to join</h3>
          <ul aria-label={`Open topics in ${forum.name}`}>
            {open.map((topic) => (
              <OpenTopicRow key={topic.id} topic={topic} tabStop={topic.id === stop} onJoin={onJoin} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Asks for categories and open topics when the list comes on screen, when the categories are known, and when the line is back. */
function useDiscovery() {
  const { forums, connection } = useSession();
  const known = useStore(forums.forums);
  const online = useStore(connection).state === "online";
  useEffect(() => {
    if (online) void forums.refresh();
  }, [forums, online]);
  useEffect(() => {
    if (online && known.length > 0) void forums.discover();
  }, [forums, known, online]);
  useEffect(() => {
    if (online && forums.status.get().phase === "failed") void forums.load();
  }, [forums, online]);
}

/** On narrow screens, focus returns to the topic one comes back from. */
function useReturningFocus(list: React.RefObject<HTMLElement | null>, open: string | null) {
  const narrow = useMediaQuery(NARROW);
  const last = useRef<string | null>(open);
  useEffect(() => {
    if (open === null && last.current !== null && narrow) {
      list.current?.querySelector<HTMLElement>(`[data-topic-id="${CSS.escape(last.current)}"]`)?.focus();
    }
    last.current = open;
  }, [list, narrow, open]);
}
