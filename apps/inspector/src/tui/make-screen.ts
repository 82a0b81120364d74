import { ContentionScreen } from './screens/contention/contention-screen.ts'
import { DoctorScreen } from './screens/doctor/doctor-screen.ts'
import { HistoryScreen } from './screens/history/history-screen.ts'
import { RecordsScreen } from './screens/records/records-screen.ts'
import { ReplayScreen } from './screens/replay/replay-screen.ts'
import type { Destination, Host, Screen } from './screen.ts'

/** The one place that knows all screens. */
export function makeScreen(host: Host, destination: Destination): Screen {
  switch (destination.to) {
    case 'records':
      return new RecordsScreen(host, destination)
    case 'history':
      return new HistoryScreen(host, destination)
    case 'replay':
      return new ReplayScreen(host, destination)
    case 'contention':
      return new ContentionScreen(host, destination)
    case 'doctor':
      return new DoctorScreen(host)
  }
}
