import { MessagePage } from "#components/shell/message-page.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

/** What stands where there is no page. */
export function Missing() {
  return (
    <MessagePage
      title="There is nothing here"
      action={
        <LinkButton href="/settings/sites" variant="primary">
          Go to Sites
        </LinkButton>
      }
    >
      <p>The address may be mistyped, or what it named was deleted.</p>
    </MessagePage>
  );
}
