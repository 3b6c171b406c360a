ALTER TABLE `keyring_keys` ADD `public_key` blob;--> statement-breakpoint
ALTER TABLE `revisions` ADD `restored_from` integer;--> statement-breakpoint
ALTER TABLE `sealed_keys` ADD `destroyed_at` integer;--> statement-breakpoint
ALTER TABLE `sealed_keys` ADD `destroyed_by` text;