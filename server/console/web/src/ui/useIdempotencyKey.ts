import { useState } from "react";

/** useIdempotencyKey is a key that stays the same while a form is open: sending it twice generates one token. */
export const useIdempotencyKey = () => useState(() => crypto.randomUUID())[0];
