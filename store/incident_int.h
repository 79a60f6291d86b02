/* store/incident_int.h: what the files of the incident share. */
#ifndef PURSER_STORE_INCIDENT_INT_H
#define PURSER_STORE_INCIDENT_INT_H

#include "store/incident.h"
#include "store/sql.h"

/* Are the tables of version 3 there? A store that is opened for reading only may be older. */
enum rc incident_tables(struct db *db, bool *there, struct err *e) MUST_CHECK;

#endif
