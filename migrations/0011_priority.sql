-- Which of the waiting lanes of a kind are begun first.

alter table jobserver.jobs
    add column priority text not null default 'normal',
    add constraint jobs_priority_known check (priority in ('high', 'normal', 'low'));
