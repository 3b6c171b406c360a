import {
  closeSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";

/** A file's text, or `isOpenToOthers` with its mode: what others could read or change is not used as a secret. */
export type PrivateText = { text: string } | { isOpenToOthers: true; mode: string };

/** Reads a file and judges the very file that was opened; Windows has no such mode bits. Throws as `fs` does. */
export function readPrivateFile(file: string): PrivateText {
  const descriptor = openSync(file, "r");
  try {
    const { mode } = fstatSync(descriptor);
    const isOpenToOthers = process.platform !== "win32" && (mode & 0o077) !== 0;
    if (isOpenToOthers) return { isOpenToOthers, mode: (mode & 0o777).toString(8) };
    return { text: readFileSync(descriptor, "utf8") };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a file with mode 0600 that is whole and on the disk when this returns, or not there at all.
 * A link instead of a rename, since a rename would silently replace a file that somebody else just made.
 */
export function createPrivateFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeDurably(draft, text);
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(path.dirname(file));
}

/**
 * Makes a file with mode 0600 by `fill`, which finds it empty under another name: whole and on the disk when this returns,
 * or not there at all. Never over an existing file (EEXIST).
 */
export function fillPrivateFile(file: string, fill: (draft: string) => void): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeDurably(draft, "");
    fill(draft);
    syncFile(draft);
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(path.dirname(file));
}

/** Puts another text in a file's place, at once and for the same owner: a reader finds the one or the other, whole. */
export function replacePrivateFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  const { uid, gid } = statSync(file);
  try {
    writeDurably(draft, text, { uid, gid });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(path.dirname(file));
}

function writeDurably(file: string, text: string, owner?: { uid: number; gid: number }): void {
  const descriptor = openSync(file, "wx", 0o600);
  try {
    if (owner && process.platform !== "win32") fchownSync(descriptor, owner.uid, owner.gid);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A new name survives a power cut only once its folder is on the disk too. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
