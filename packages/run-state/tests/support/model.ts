// A plain model of the package: what a caller is promised, in a few maps, without records, versions or races.
import type { ApprovalStatus, InvocationStatus, LeaseStatus } from '@latchless/run-state'

export const PENDING_MAX = 3

interface ModelRequest {
  status: ApprovalStatus
  invocationId?: string | undefined
  expiresAt: number
  resolvedAt: number
}
interface ModelLease {
  status: LeaseStatus
  expiresAt: number
  remaining: number | undefined
  forgottenAt?: number
  claim: string
  dispatch: string
}
export interface ModelInvocation {
  status: InvocationStatus
  /** The request it waits for, while its status is `blocked-approval`. */
  waitsFor?: string
  endedAt: number
  unsettled: boolean
}

const NEVER_ISSUED: Readonly<ModelLease> = {
  status: 'revoked',
  expiresAt: 0,
  remaining: undefined,
  claim: '',
  dispatch: '',
}

export class Model {
  now = 0
  readonly requests = new Map<string, ModelRequest>()
  readonly leases = new Map<string, ModelLease>()
  readonly invocations = new Map<string, ModelInvocation>()
  standing: 'allowed' | 'ask' | undefined

  statusOf(id: string): ApprovalStatus | undefined {
    const request = this.requests.get(id)
    return request?.status === 'pending' && this.now >= request.expiresAt ? 'expired' : request?.status
  }

  pending(): string[] {
    return [...this.requests.keys()].filter((id) => this.statusOf(id) === 'pending')
  }

  /** Leaves a tombstone, and of the lease of an approved request only the ids. */
  forget(id: string, request: ModelRequest): void {
    if (request.status === 'approved') {
      const closed = this.leases.get(id)?.forgottenAt
      this.leases.set(id, { ...NEVER_ISSUED, forgottenAt: closed ?? this.now })
    }
    request.status = 'discarded'
  }

  /** What follows from the end of an invocation. */
  settle(id: string, invocation: ModelInvocation): void {
    for (const [requestId, request] of this.requests) {
      if (request.invocationId !== id) continue
      if (this.statusOf(requestId) === 'pending') request.status = 'discarded'
      if (request.status !== 'approved') continue
      const lease = this.leases.get(requestId)
      if (!lease) this.leases.set(requestId, { ...NEVER_ISSUED })
      else if (lease.status !== 'consumed') lease.status = 'revoked'
    }
    invocation.unsettled = false
  }

  end(id: string, invocation: ModelInvocation, status: 'completed' | 'failed'): void {
    this.invocations.set(id, { ...invocation, status, endedAt: this.now, unsettled: true })
  }

  /** What a reader finds. */
  visible(): string[] {
    return [...this.requests.keys()].filter((id) => this.statusOf(id) !== 'discarded').toSorted()
  }
}

export function hasEnded({ status }: ModelInvocation): boolean {
  return status === 'completed' || status === 'failed'
}
