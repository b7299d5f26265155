import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as constants from '../../mip6/wire/constants.ts';

const { BindingStatus, MhType } = constants;

test('the protocol’s constants and defaults are those that RFC 6275 §12 and §13 print', () => {
  assert.deepEqual(
    {
      INITIAL_BINDACK_TIMEOUT: constants.INITIAL_BINDACK_TIMEOUT,
      InitialBindackTimeoutFirstReg: constants.InitialBindackTimeoutFirstReg,
      MAX_BINDACK_TIMEOUT: constants.MAX_BINDACK_TIMEOUT,
      MAX_NONCE_LIFETIME: constants.MAX_NONCE_LIFETIME,
      MAX_TOKEN_LIFETIME: constants.MAX_TOKEN_LIFETIME,
      MAX_RR_BINDING_LIFETIME: constants.MAX_RR_BINDING_LIFETIME,
      MAX_UPDATE_RATE: constants.MAX_UPDATE_RATE,
    },
    {
      INITIAL_BINDACK_TIMEOUT: 1,
      InitialBindackTimeoutFirstReg: 1.5,
      MAX_BINDACK_TIMEOUT: 32,
      MAX_NONCE_LIFETIME: 240,
      MAX_TOKEN_LIFETIME: 210,
      MAX_RR_BINDING_LIFETIME: 420,
      MAX_UPDATE_RATE: 3,
    },
  );
});

test('messages have the numbers of §6.1.2 to §6.1.9, in the order of the sections', () => {
  assert.deepEqual(Object.values(MhType), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(Object.keys(MhType).slice(0, 5), [
    ...['bindingRefreshRequest', 'homeTestInit', 'careOfTestInit', 'homeTest', 'careOfTest'],
  ]);
});

test('a status below 128 accepts, and no other does (§6.1.8)', () => {
  const accepting = Object.values(BindingStatus).filter(constants.isAcceptedStatus);
  assert.deepEqual(accepting, [0, 1]);
  assert.deepEqual(
    Object.values(BindingStatus).filter((status) => !accepting.includes(status)),
    [128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 174],
  );
  for (const [status, accepts] of [
    [127, true],
    [128, false],
    [255, false],
  ] as const)
    assert.equal(constants.isAcceptedStatus(status), accepts);
});
