import { formatRoute } from "./routes.ts";

/** The address that opens the app with an invitation. The token stays behind the #, which browsers do not send. */
export function invitationUrl(token: string, page: Location | URL): string {
  return `${page.origin}${page.pathname}${formatRoute({ invitation: token })}`;
}
