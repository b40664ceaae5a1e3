/**
 * Where a person answers an ask. `client`: in the client's own prompt. `wait`: nobody sits at the client; the call waits for
 * a signer's answer. `signed`: somebody may, and only a signer's answer counts.
 */
export const consentModes = ["client", "wait", "signed"] as const;

export type ConsentMode = (typeof consentModes)[number];
