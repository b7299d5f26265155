/**
 * Debian packages with the programs that an experiment's lab runs besides its own: what they depend on comes with them.
 * Another list makes another userland, and moves captures by microseconds.
 */
export const PROGRAMS: readonly string[] = [
  'base-files',
  'base-passwd', // names of users: tcpdump asks for root's
  'netbase', // names of protocols
  'usr-is-merged',
  'bash',
  'coreutils',
  'curl', // the client of parallel downloads
  'ethtool',
  'findutils',
  'grep',
  'iproute2',
  'iputils-ping',
  'libc-bin', // ldconfig
  'libstdc++6', // Node's
  'mount',
  'nftables',
  'nsd',
  'perl-base', // settings of a network
  'procps',
  'sed',
  'tcpdump',
  'util-linux',
];

/** Of no use to a program in a lab, and more than half of the octets. */
export const LEFT_OUT: readonly string[] = [
  './usr/share/doc',
  './usr/share/man',
  './usr/share/info',
  './usr/share/locale',
  './usr/share/i18n',
  './usr/share/lintian',
  './usr/share/bash-completion',
  './usr/share/perl',
  './usr/lib/x86_64-linux-gnu/gconv',
];
