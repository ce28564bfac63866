#!/bin/sh
# Simon Willison's llm: one entry in its list of models, and a prompt; -o passes the server's own options.
set -eu
model=${MODEL:-smollm2-135m-instruct}
mkdir -p "${LLM_USER_PATH:=$HOME/.config/io.datasette.llm}"
cat > "$LLM_USER_PATH/extra-openai-models.yaml" <<END
- model_id: $model
  model_name: $model
  api_base: $OPENAI_BASE_URL
END
export LLM_USER_PATH
llm keys set openai --value "${OPENAI_API_KEY:-any}"
llm -m "$model" -o seed 1 -o max_tokens 40 'Name three rivers.'
