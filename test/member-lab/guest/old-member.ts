// First, before the member makes anything of it.
import './old-channel.ts';
import '../../../nodes/member/member-daemon.ts';
