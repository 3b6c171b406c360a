CREATE TABLE `webhooks` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`host` text NOT NULL,
	`sealed` blob NOT NULL,
	`keyring_key_id` text NOT NULL,
	`author` text NOT NULL,
	`set_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
