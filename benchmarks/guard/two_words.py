"""Two forbidden words on input and output, as a guardrail of LiteLLM's proxy."""

import re
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail

WORDS = re.compile("legally binding|no takesies", re.IGNORECASE)


class TwoWords(CustomGuardrail):
    async def apply_guardrail(self, inputs: Any, request_data: dict[str, Any], input_type: str, logging_obj: Any = None) -> Any:
        for text in inputs.get("texts") or []:
            if WORDS.search(text):
                raise HTTPException(status_code=400, detail="forbidden words")
        return inputs
