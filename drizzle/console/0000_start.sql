CREATE TABLE `change_counter` (
	`id` integer PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `features` (
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`is_on` integer NOT NULL,
	`author` text NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `name`),
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `keyring_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`recorded_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `revisions` (
	`site_id` text NOT NULL,
	`number` integer NOT NULL,
	`change_number` integer NOT NULL,
	`content` text NOT NULL,
	`is_deletion` integer NOT NULL,
	`author` text NOT NULL,
	`saved_at` integer NOT NULL,
	PRIMARY KEY(`site_id`, `number`),
	FOREIGN KEY (`site_id`) REFERENCES `sites`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `revisions_by_change` ON `revisions` (`change_number`);--> statement-breakpoint
CREATE TABLE `sealed_keys` (
	`site_id` text NOT NULL,
	`field` text NOT NULL,
	`public_key_sha256` text NOT NULL,
	`public_key` blob NOT NULL,
	`sealed` blob NOT NULL,
	`keyring_key_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`site_id`, `field`, `public_key_sha256`),
	FOREIGN KEY (`site_id`) REFERENCES `sites`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `site_names` (
	`name` text PRIMARY KEY NOT NULL,
	`parent` text NOT NULL,
	`is_wildcard` integer NOT NULL,
	`tenant_id` text NOT NULL,
	`site_id` text NOT NULL,
	`reserved_until` integer,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`site_id`) REFERENCES `sites`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `site_names_by_parent` ON `site_names` (`parent`,`is_wildcard`,`tenant_id`);--> statement-breakpoint
CREATE INDEX `site_names_by_site` ON `site_names` (`site_id`);--> statement-breakpoint
CREATE INDEX `site_names_by_reservation` ON `site_names` (`reserved_until`);--> statement-breakpoint
CREATE TABLE `sites` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`revision` integer NOT NULL,
	`change_number` integer NOT NULL,
	`is_deleted` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sites_by_change` ON `sites` (`change_number`);--> statement-breakpoint
CREATE INDEX `sites_by_tenant` ON `sites` (`tenant_id`,`is_deleted`);--> statement-breakpoint
CREATE TABLE `tenants` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_name_unique` ON `tenants` (`name`);