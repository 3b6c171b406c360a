CREATE TABLE `ledger_buckets` (
	`id` integer PRIMARY KEY NOT NULL,
	`site_id` text NOT NULL,
	`width` integer NOT NULL,
	`start` integer NOT NULL,
	`kind` text NOT NULL,
	`verdict` text NOT NULL,
	`is_refused` integer NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_buckets_by_key` ON `ledger_buckets` (`site_id`,`width`,`start`,`kind`,`verdict`,`is_refused`);--> statement-breakpoint
CREATE INDEX `ledger_buckets_by_time` ON `ledger_buckets` (`width`,`start`);--> statement-breakpoint
CREATE TABLE `ledger_certificates` (
	`fingerprint` text PRIMARY KEY NOT NULL,
	`site_id` text NOT NULL,
	`caller` integer NOT NULL,
	`last_at` integer NOT NULL,
	`subject` text NOT NULL,
	`issuer` text NOT NULL,
	`common_name` text,
	`serial` text NOT NULL,
	`not_before` integer NOT NULL,
	`not_after` integer NOT NULL,
	`names` text NOT NULL,
	`extended_key_usage` text,
	`key` text NOT NULL,
	`is_ca` integer NOT NULL,
	`der` blob NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ledger_certificates_by_caller` ON `ledger_certificates` (`site_id`,`caller`,`last_at`);--> statement-breakpoint
CREATE INDEX `ledger_certificates_by_time` ON `ledger_certificates` (`last_at`);--> statement-breakpoint
CREATE TABLE `ledger_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`site_id` text NOT NULL,
	`kind` text NOT NULL,
	`verdict` text NOT NULL,
	`is_refused` integer NOT NULL,
	`lane` integer NOT NULL,
	`address` text NOT NULL,
	`server_name` text,
	`protocol` text,
	`cipher` text,
	`alpn` text,
	`fingerprint` text,
	`subject` text,
	`code` text,
	`reason` text,
	`status` integer,
	`request_id` text,
	`origin_address` text,
	`revision` integer
);
--> statement-breakpoint
CREATE INDEX `ledger_events_by_site` ON `ledger_events` (`site_id`);--> statement-breakpoint
CREATE INDEX `ledger_events_by_lane` ON `ledger_events` (`site_id`,`lane`);--> statement-breakpoint
CREATE INDEX `ledger_events_by_time` ON `ledger_events` (`at`);--> statement-breakpoint
CREATE INDEX `ledger_events_by_request` ON `ledger_events` (`request_id`) WHERE request_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `ledger_events_by_certificate` ON `ledger_events` (`site_id`,`fingerprint`) WHERE fingerprint IS NOT NULL;--> statement-breakpoint
CREATE TABLE `ledger_groups` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`site_id` text NOT NULL,
	`kind` text NOT NULL,
	`fingerprint` text NOT NULL,
	`verdict` text NOT NULL,
	`is_refused` integer NOT NULL,
	`caller` integer NOT NULL,
	`count` integer NOT NULL,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`last_address` text NOT NULL,
	`last_code` text,
	`last_reason` text,
	`last_revision` integer,
	`subject` text,
	`chain` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_groups_by_key` ON `ledger_groups` (`site_id`,`fingerprint`,`verdict`,`kind`,`is_refused`);--> statement-breakpoint
CREATE INDEX `ledger_groups_by_site` ON `ledger_groups` (`site_id`,`last_at`);--> statement-breakpoint
CREATE INDEX `ledger_groups_by_caller` ON `ledger_groups` (`site_id`,`caller`,`last_at`);--> statement-breakpoint
CREATE INDEX `ledger_groups_by_time` ON `ledger_groups` (`last_at`);