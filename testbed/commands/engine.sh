# engine: prints the running policy engine, or changes it.

command_engine() {
  case $# in
    0)
      recall_parts
      running_engine
      ;;
    1) command_up --engine "$1" ;;
    *) wrong_usage "engine takes one name" ;;
  esac
}
