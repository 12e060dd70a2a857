import type { IdbRequest } from './platform.ts'

/** The result of a request; what fails it ends the transaction. */
export function asked<T>(request: IdbRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}
