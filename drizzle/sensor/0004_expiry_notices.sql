CREATE TABLE `expiry_notices` (
	`site_id` text NOT NULL,
	`use` text NOT NULL,
	`fingerprint` text NOT NULL,
	`days` integer NOT NULL,
	`at` integer NOT NULL,
	`not_after` integer NOT NULL,
	PRIMARY KEY(`site_id`, `use`, `fingerprint`, `days`)
);
--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`body` text NOT NULL,
	`places` text NOT NULL,
	`created_at` integer NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_at` integer NOT NULL,
	`last_at` integer,
	`last_status` integer,
	`last_reason` text
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_tenant` ON `webhook_deliveries` (`tenant_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_pending` ON `webhook_deliveries` (`next_at`) WHERE state = 'pending';