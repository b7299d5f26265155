# A guest of examples/chat-server.ts, with nothing but bash: says something, reads the answer, four times over one connection.
exec 3<>/dev/tcp/contact/8080
say() { echo "$1" >&3; read -r answer <&3; echo "$answer"; }
read -r answer <&3; echo "$answer"
say Ada
say 'good morning'
sleep 1
say 'is anybody here?'
sleep 1
say /history
