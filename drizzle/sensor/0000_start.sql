CREATE TABLE `acknowledgements` (
	`site_id` text NOT NULL,
	`revision` integer NOT NULL,
	`state` text NOT NULL,
	`problems` text NOT NULL,
	`fallback_revision` integer,
	`at` integer NOT NULL,
	PRIMARY KEY(`site_id`, `revision`)
);
--> statement-breakpoint
CREATE TABLE `sensors` (
	`id` text PRIMARY KEY NOT NULL,
	`started_at` integer NOT NULL,
	`at` integer NOT NULL,
	`version` text NOT NULL,
	`applied_change_number` integer NOT NULL,
	`last_error` text
);
