CREATE TABLE `acknowledgement_counter` (
	`id` integer PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `sensors` ADD `serving_at` integer;--> statement-breakpoint
ALTER TABLE `sensors` ADD `stopped_at` integer;--> statement-breakpoint
ALTER TABLE `sensors` ADD `workers_wanted` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sensors` ADD `workers_serving` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sensors` ADD `workers_lost` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sensors` ADD `connections` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sensors` ADD `last_error_at` integer;--> statement-breakpoint
ALTER TABLE `sensors` ADD `is_error_over` integer DEFAULT false NOT NULL;