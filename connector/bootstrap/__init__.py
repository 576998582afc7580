"""The one place that knows every concrete class: from settings to a service that can run.

Nothing here decides anything; it hands the services what they need through ports.  ``service`` opens an installation;
``store_jobs``, ``begin_anew``, ``scheduler`` and ``web`` are put together from an opened one.
"""
