# Sourced by scripts that have the shards of a run measured elsewhere, after `shards` and `dir` are set: what their command lines have in common.
# $0 names the script in messages; usage() is its own.

check_shards() {
  [[ $shards =~ ^[1-9][0-9]{0,3}$ ]] || usage "SHARDS: '$shards' is no whole number from 1 to 9999"
}

# [OPTION…] -- RUN-WORD… : gives the arrays `options` and `words`.
split_words() {
  local word
  options=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ "${1-}" = -- ] || usage "there is no --"
  shift
  [ $# -gt 0 ] || usage "no experiment is named after --"
  words=("$@")
  for word in "${words[@]}"; do
    case $word in
      --shard | --shard=* | --out | --out=* | --jobs | --jobs=*) usage "'$word' is set by this script" ;;
    esac
  done
}

# The folders for shards and logs; what is merged already is not overwritten.
make_folders() {
  mkdir -p "$dir/shards" "$dir/logs"
  [ ! -e "$dir/whole" ] || { echo "$(basename "$0" .sh): $dir/whole is there already: remove it, or name another DIR" >&2; exit 2; }
}
