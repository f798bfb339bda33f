/**
 * May we send? Consent, opt-out and Do Not Track hold for the page, so for all its trackers. All of it is
 * memory only: nothing is stored in the browser, so the page says it again on each load.
 */
import { guard } from '../guard.ts';
import { whenActive } from '../lifecycle.ts';

let active = false;
let consentRequired = false;
let consentGiven = false;
let optedOut = false;
let honourDoNotTrack = false;

/** Hits made before they may go: sent when the page is shown and consent is there, else forgotten with the page. */
let held: (() => void)[] = [];

function refused(): boolean {
  return optedOut || (honourDoNotTrack && navigator.doNotTrack === '1');
}

/** True when a hit would go out now. */
export function isOpen(): boolean {
  return active && !refused() && (consentGiven || !consentRequired);
}

/** Sends now, later or never. */
export function whenAllowed(send: () => void): void {
  if (isOpen()) send();
  else if (!refused()) held.push(send);
}

/** True once consent was asked for and given: the server hears of it with each hit. */
export function consented(): boolean {
  return consentRequired && consentGiven;
}

function release(): void {
  const waiting = held;
  held = [];
  waiting.forEach(whenAllowed);
}

/** Opens a task from now, when the client hints are there, or when a prerendered page is really shown. */
export function openWhenActive(): void {
  const open = guard(() => {
    active = true;
    release();
  });
  whenActive(() => void setTimeout(open));
}

function giveConsent(): void {
  consentGiven = true;
  release();
}

/** Withdrawn: what was not sent yet never will be. */
function withdrawConsent(): void {
  consentRequired = true;
  consentGiven = false;
  held = [];
}

function setOptOut(value: boolean): void {
  optedOut = value;
  if (value) held = [];
}

/** The commands of this part. The ones that remember in Matomo do it for the page here. */
export const gateCommands = {
  requireConsent(): void {
    consentRequired = true;
  },
  setConsentGiven: giveConsent,
  rememberConsentGiven: giveConsent,
  forgetConsentGiven: withdrawConsent,
  hasConsent: (): boolean => !refused() && (consentGiven || !consentRequired),
  isConsentRequired: (): boolean => consentRequired,
  optUserOut: (): void => setOptOut(true),
  forgetUserOptOut: (): void => setOptOut(false),
  isUserOptedOut: (): boolean => optedOut,
  setDoNotTrack(honour: boolean): void {
    honourDoNotTrack = honour;
  },
};
