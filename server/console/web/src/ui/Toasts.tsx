import { Toast } from "@base-ui/react/toast";
import type { ReactNode } from "react";

/** Toasts says what has been done, where the page itself does not show it. Errors stay where they happened. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={6000}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      <Toast.Content className="toast-content">
        <div>
          <Toast.Title className="toast-title" />
          <Toast.Description className="small" />
        </div>
        <Toast.Close className="button button-quiet button-small" aria-label="Dismiss">
          ×
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}

/** useSay returns a function that shows a toast. */
export function useSay() {
  const { add } = Toast.useToastManager();
  return (title: string, description?: string) => {
    add({ title, description });
  };
}
