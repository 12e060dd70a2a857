export { makeCertificate, type CertificateFields, type Certified } from './certificates.ts'
export { nameServer, type NameRecord, type NameServer, type Says } from './name-server.ts'
export { httpServer, httpsServer, rawServer, type Outside } from './servers.ts'
export { MailError, mailServer, type MailServer, type ReceivedMail } from './mail-server.ts'
