// Written by `npm run types` from the server's OpenAPI document; never by hand.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Healthy
         * @description It lives.
         */
        get: operations["healthy_healthz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/infill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Infill */
        post: operations["infill_infill_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description Figures in the text format of Prometheus.
         */
        get: operations["metrics_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready
         * @description It takes requests. Problem while it ends.
         */
        get: operations["ready_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/audio/continue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go On
         * @description What may come before a sound and after it; the sound itself comes back bit by bit.
         */
        post: operations["go_on_v1_anew_audio_continue_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/audio/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Generate
         * @description Sounds of a length, a loudness, as loops; or variations of the one that is sent.
         */
        post: operations["generate_v1_anew_audio_generate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/audio/inpaint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Inpaint
         * @description A gap in a sound made anew; what lies outside of it comes back bit by bit.
         */
        post: operations["inpaint_v1_anew_audio_inpaint_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show
         * @description Rows behind number `after`, the oldest first; with `before`, those before that number, the newest first.
         */
        get: operations["show_v1_anew_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify
         * @description What is wrong with the log; `holds`: a digest that was kept elsewhere, which a row has to have.
         */
        get: operations["verify_v1_anew_audit_verify_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/code/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run */
        post: operations["run_v1_anew_code_run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare
         * @description The same request put to several models, one after the other.
         */
        post: operations["compare_v1_anew_compare_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/comparisons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Comparisons
         * @description What `anew compare` finished on this machine, and what was begun here.
         */
        get: operations["comparisons_v1_anew_comparisons_get"];
        put?: never;
        /**
         * Begin
         * @description Begin one, or go on with one that was stopped; models that are finished are not trained again. One at a time.
         */
        post: operations["begin_v1_anew_comparisons_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/comparisons/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Comparison
         * @description Every figure of every model, the best first.
         */
        get: operations["comparison_v1_anew_comparisons__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/comparisons/{name}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel
         * @description Its process saves what it has, and ends.
         */
        post: operations["cancel_v1_anew_comparisons__name__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/comparisons/{name}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * File
         * @description A file of a model's own report: `seed-0/vae/validate/samples.png`.
         */
        get: operations["file_v1_anew_comparisons__name__files__path__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/comparisons/{name}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Progress
         * @description How far each model is, of one that the server began.
         */
        get: operations["progress_v1_anew_comparisons__name__progress_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/comparisons/{name}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report
         * @description The page that explains itself.
         */
        get: operations["report_v1_anew_comparisons__name__report_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/contenders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Contenders
         * @description The models that are compared of each modality.
         */
        get: operations["contenders_v1_anew_contenders_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/creations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listed
         * @description The newest first; those that were deleted only where they are asked for.
         */
        get: operations["listed_v1_anew_creations_get"];
        put?: never;
        /**
         * Keep
         * @description Keep a result that there is, or make one and keep it.
         */
        post: operations["keep_v1_anew_creations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/creations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One */
        get: operations["one_v1_anew_creations__id__get"];
        put?: never;
        post?: never;
        /**
         * Delete
         * @description Put it away; `restore` brings it back.
         */
        delete: operations["delete_v1_anew_creations__id__delete"];
        options?: never;
        head?: never;
        /**
         * Change
         * @description Mark it as a favourite or not, or name it.
         */
        patch: operations["change_v1_anew_creations__id__patch"];
        trace?: never;
    };
    "/v1/anew/creations/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Content
         * @description The thing itself.
         */
        get: operations["content_v1_anew_creations__id__content_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/creations/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay
         * @description Make it anew and say whether the bytes are the same.
         */
        post: operations["replay_v1_anew_creations__id__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/creations/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore */
        post: operations["restore_v1_anew_creations__id__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Listed */
        get: operations["listed_v1_anew_datasets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/datasets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One
         * @description Its origin, licence, pin, and how many files it has where it is here.
         */
        get: operations["one_v1_anew_datasets__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/datasets/describe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Describe
         * @description What collecting makes of a file: records, kinds, licences, what is left out and why, the first records.
         */
        post: operations["describe_v1_anew_datasets_describe_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/datasets/look": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look
         * @description The same of what a job can learn from, with what cleaning would take out of it and why.
         */
        post: operations["look_v1_anew_datasets_look_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Export
         * @description The file. A creation says by which model and request it was made.
         */
        post: operations["export_v1_anew_documents_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Generate
         * @description Samples: texts, rows or pictures, the same as `anew generate` gives for the seed.
         */
        post: operations["generate_v1_anew_generate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Listed */
        get: operations["listed_v1_anew_keys_get"];
        put?: never;
        /**
         * Make
         * @description `key` is how the new key is spelled; nobody can tell it again.
         */
        post: operations["make_v1_anew_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take Back
         * @description From now on nobody enters with it.
         */
        delete: operations["take_back_v1_anew_keys__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/latents/decode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decode
         * @description The samples at places, without chance.
         */
        post: operations["decode_v1_anew_latents_decode_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/latents/directions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Directions
         * @description What turns one label's pictures into another's: the way between the means of their places.
         */
        post: operations["directions_v1_anew_latents_directions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/latents/encode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Encode */
        post: operations["encode_v1_anew_latents_encode_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/latents/interpolate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Interpolate
         * @description The way between pictures or seeds along a sphere, as `anew interpolate` goes.
         */
        post: operations["interpolate_v1_anew_latents_interpolate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/latents/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draw Map
         * @description Pictures at their places on a flat map, as `anew map` draws it: of what the model learnt from, or a data set.
         */
        post: operations["draw_map_v1_anew_latents_map_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/machine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Machine */
        get: operations["machine_v1_anew_machine_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/machine/speed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Speed */
        get: operations["speed_v1_anew_machine_speed_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Listed */
        get: operations["listed_v1_anew_models_get"];
        put?: never;
        /**
         * Take In
         * @description Take a model in from a file, as `anew models import` does, or a starter: nothing in it is trusted, and nothing
         *     runs. A server of named models serves it, too, until it ends.
         */
        post: operations["take_in_v1_anew_models_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One */
        get: operations["one_v1_anew_models__name__get"];
        put?: never;
        post?: never;
        /**
         * Remove
         * @description Forget it, with its aliases and older versions. `free`: and free the bytes, as `anew models gc` does. 400 while
         *     somebody uses it.
         */
        delete: operations["remove_v1_anew_models__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/aliases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call
         * @description A further name, which follows when the model gets a new version.
         */
        post: operations["call_v1_anew_models__name__aliases_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Call No More
         * @description The model stays.
         */
        delete: operations["call_no_more_v1_anew_models__name__aliases__alias__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Card
         * @description Its card, in Markdown.
         */
        get: operations["card_v1_anew_models__name__card_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close
         * @description Out of memory. 400 while somebody uses it.
         */
        post: operations["close_v1_anew_models__name__close_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Evidence
         * @description What was measured of it: every figure that its card shows, with its interval.
         */
        get: operations["evidence_v1_anew_models__name__evidence_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export
         * @description The model as a zip, the same bytes as `anew models export NAME FILE.zip`.
         */
        get: operations["export_v1_anew_models__name__export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/figures/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figure
         * @description A picture or a sound that its evidence names by this path.
         */
        get: operations["figure_v1_anew_models__name__figures__path__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/models/{name}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open Now
         * @description Have it in memory before it is first used.
         */
        post: operations["open_now_v1_anew_models__name__open_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/music/compose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compose
         * @description Compose, go on with a score, harmonise a melody, or fill bars of a score.
         */
        post: operations["compose_v1_anew_music_compose_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/music/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Render
         * @description A score as MIDI, notation, a picture or sound.
         */
        post: operations["render_v1_anew_music_render_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/neighbours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Neighbours
         * @description The nearest items among those that the model learnt from, where its run is still on this machine.
         */
        post: operations["neighbours_v1_anew_neighbours_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Queue */
        get: operations["queue_v1_anew_queue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/queue/requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Cancel
         * @description End a request of yours: whoever waits for its answer is told so, with 499 or as a stream's last event.
         */
        delete: operations["cancel_v1_anew_queue_requests__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/recipes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Listed */
        get: operations["listed_v1_anew_recipes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/recipes/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One */
        get: operations["one_v1_anew_recipes__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/recipes/{name}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check
         * @description The recipe with changes made; 400 says which one no run would take, as the command line says it.
         */
        post: operations["check_v1_anew_recipes__name__check_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/recipes/{name}/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forecast
         * @description What a run would take here. A process of its own weighs and times it, which ends when the client leaves.
         */
        post: operations["forecast_v1_anew_recipes__name__forecast_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/recipes/{name}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Schema
         * @description Every setting of the recipe and of its parts: what it takes, what it does, how it stands.
         */
        get: operations["schema_v1_anew_recipes__name__schema_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs */
        get: operations["runs_v1_anew_runs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Run */
        get: operations["run_v1_anew_runs__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/{name}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Files
         * @description The report's files and the samples that were shown while it learnt.
         */
        get: operations["files_v1_anew_runs__name__files_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/{name}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** File */
        get: operations["file_v1_anew_runs__name__files__path__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/{name}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description A row for each step, validation and diagnosis; streamed, new ones as they are written, until the part is done.
         */
        get: operations["metrics_v1_anew_runs__name__metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/{name}/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Records
         * @description Some of the records that a run collected or learnt from.
         */
        get: operations["records_v1_anew_runs__name__records_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/{name}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report
         * @description The validation's report, a page that needs nothing else.
         */
        get: operations["report_v1_anew_runs__name__report_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/runs/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compared
         * @description The figures of several runs side by side: `?run=A&run=B`.
         */
        get: operations["compared_v1_anew_runs_compare_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Listed */
        get: operations["listed_v1_anew_tasks_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer
         * @description Answer a question from documents, if they do.
         */
        post: operations["answer_v1_anew_tasks_answer_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/brainstorm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Brainstorm
         * @description Have ideas about a topic from several angles.
         */
        post: operations["brainstorm_v1_anew_tasks_brainstorm_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/docstring": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Docstring
         * @description Write docstrings for functions that have none.
         */
        post: operations["docstring_v1_anew_tasks_docstring_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draft
         * @description Outline a text and write it out, section by section.
         */
        post: operations["draft_v1_anew_tasks_draft_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explain
         * @description Say what a piece of code does.
         */
        post: operations["explain_v1_anew_tasks_explain_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/extract": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extract
         * @description Write what a text says as JSON of the fields or of the schema.
         */
        post: operations["extract_v1_anew_tasks_extract_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/fix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fix
         * @description Mend a function that makes tests fail.
         */
        post: operations["fix_v1_anew_tasks_fix_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/outline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Outline
         * @description Plan a text: a title, sections and their points.
         */
        post: operations["outline_v1_anew_tasks_outline_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/rewrite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rewrite
         * @description Put a text into other words.
         */
        post: operations["rewrite_v1_anew_tasks_rewrite_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/summarise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Summarise
         * @description Summarise a text of any length.
         */
        post: operations["summarise_v1_anew_tasks_summarise_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tests
         * @description Write tests for a function that notice faults in it.
         */
        post: operations["tests_v1_anew_tasks_tests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/tasks/translate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Translate
         * @description Translate a text.
         */
        post: operations["translate_v1_anew_tasks_translate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/anew/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whoami */
        get: operations["whoami_v1_anew_whoami_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Speech */
        post: operations["speech_v1_audio_speech_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/transcriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Transcriptions */
        post: operations["transcriptions_v1_audio_transcriptions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audio/voices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Speakers */
        get: operations["speakers_v1_audio_voices_get"];
        put?: never;
        /** Voices */
        post: operations["voices_v1_audio_voices_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Batches */
        get: operations["batches_v1_batches_get"];
        put?: never;
        /** Create */
        post: operations["create_v1_batches_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Batch */
        get: operations["batch_v1_batches__id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel
         * @description What is answered by then is kept, and to be had as ever.
         */
        post: operations["cancel_v1_batches__id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Chat Completions */
        post: operations["chat_completions_v1_chat_completions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Completions */
        post: operations["completions_v1_completions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Embeddings */
        post: operations["embeddings_v1_embeddings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Files */
        get: operations["files_v1_files_get"];
        put?: never;
        /** Upload */
        post: operations["upload_v1_files_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** File */
        get: operations["file_v1_files__id__get"];
        put?: never;
        post?: never;
        /** Remove */
        delete: operations["remove_v1_files__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Content */
        get: operations["content_v1_files__id__content_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fim/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fim Completions */
        post: operations["fim_completions_v1_fim_completions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Jobs
         * @description `metadata[KEY]=VALUE` picks those that bear it.
         */
        get: operations["jobs_v1_fine_tuning_jobs_get"];
        put?: never;
        /** Create */
        post: operations["create_v1_fine_tuning_jobs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Job */
        get: operations["job_v1_fine_tuning_jobs__id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel */
        post: operations["cancel_v1_fine_tuning_jobs__id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/checkpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Checkpoints
         * @description What the job goes on from; once it is done, the one whose weights are served.
         */
        get: operations["checkpoints_v1_fine_tuning_jobs__id__checkpoints_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events */
        get: operations["events_v1_fine_tuning_jobs__id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish
         * @description It learns no more: what it has learnt is judged and served. A job that was paused goes on for that.
         */
        post: operations["finish_v1_fine_tuning_jobs__id__finish_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause
         * @description Its process saves a checkpoint, and ends.
         */
        post: operations["pause_v1_fine_tuning_jobs__id__pause_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description It queues again, and goes on from its checkpoint.
         */
        post: operations["resume_v1_fine_tuning_jobs__id__resume_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Edits */
        post: operations["edits_v1_images_edits_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Generations */
        post: operations["generations_v1_images_generations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/variations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Variations */
        post: operations["variations_v1_images_variations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models */
        get: operations["models_v1_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Model
         * @description By its name or an alias of it.
         */
        get: operations["model_v1_models__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Respond */
        post: operations["respond_v1_responses_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Response */
        get: operations["response_v1_responses__id__get"];
        put?: never;
        post?: never;
        /** Forget */
        delete: operations["forget_v1_responses__id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel */
        post: operations["cancel_v1_responses__id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses/{id}/input_items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Input Items
         * @description What it was asked with, a page at a time; `after`: the id of the last item of the page before.
         */
        get: operations["input_items_v1_responses__id__input_items_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * About
         * @description What it is and can do. `does`: make, encode, enlarge, score, speak, hear, or null of a part of other models.
         *     `context`: tokens that a text may have. `params`: numbers in its weights' file. `trained_here`: whether anew trained
         *     it and measured it, rather than took it in from elsewhere. `licence`: of its weights, as far as they tell.
         *     `address`: where it is asked; `options`: what may be asked there, by the request's fields. `labels`: what it can be
         *     asked for by name, of a voice its speakers; `captions`: whether it is told in words instead. `sizes`: of its
         *     pictures; `any_size`: whether it makes others too. `chats`: whether it has turns of its own; `fills`: whether it
         *     sees what stands behind a gap; `speaks`: whether it is a voice. `latents`: whether its samples have places in a
         *     space; `varies`, `inpaints`: whether it begins from a sample, and makes a part of one anew.
         */
        About: {
            /** Address */
            address?: string | null;
            /**
             * Any Size
             * @default false
             */
            any_size: boolean;
            /** Bytes */
            bytes?: number | null;
            /**
             * Captions
             * @default false
             */
            captions: boolean;
            /**
             * Chats
             * @default false
             */
            chats: boolean;
            /** Context */
            context?: number | null;
            /** Does */
            does?: string | null;
            /**
             * Fills
             * @default false
             */
            fills: boolean;
            /** Id */
            id?: string | null;
            /**
             * Inpaints
             * @default false
             */
            inpaints: boolean;
            /**
             * Labels
             * @default []
             */
            labels: string[];
            /**
             * Latents
             * @default false
             */
            latents: boolean;
            /** Licence */
            licence?: string | null;
            /** Modality */
            modality: string;
            /**
             * Options
             * @default {}
             */
            options: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
            /** Params */
            params?: number | null;
            /**
             * Sizes
             * @default []
             */
            sizes: string[];
            /**
             * Speaks
             * @default false
             */
            speaks: boolean;
            /**
             * Trained Here
             * @default false
             */
            trained_here: boolean;
            /**
             * Varies
             * @default false
             */
            varies: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * Draft
         * @description A body for a function. `outcome`: as the sandbox tells it, or of one not run "unchanged" or "unfit": no
         *     Python, or reaching out of the function.
         */
        anew__tasks__code__judging__Draft: {
            /** Body */
            body: string;
            /** Outcome */
            outcome: string;
            /**
             * Output
             * @default
             */
            output: string;
            /**
             * Passed
             * @default 0
             */
            passed: number;
            /** Source */
            source: string;
            /**
             * Why
             * @default
             */
            why: string;
        };
        /**
         * Draft
         * @description `sections`: one text for each of the outline's.
         */
        anew__tasks__draft__Draft: {
            made: components["schemas"]["Made"];
            outline: components["schemas"]["Outline"];
            /** Sections */
            sections: string[];
        };
        /**
         * Answer
         * @description `text` None is an abstention. `support`: the nats a word that the best passage makes the question likelier;
         *     `needed`: what it must exceed. `dropped`: sentences of the answer whose numbers or names the passage does not hold;
         *     where none is left the quotation is the answer.
         */
        Answer: {
            /** Dropped */
            dropped: components["schemas"]["Dropped"][];
            made: components["schemas"]["Made"];
            /** Needed */
            needed: number;
            /** Quotes */
            quotes: components["schemas"]["Quote"][];
            /** Support */
            support: number;
            /** Text */
            text: string | null;
        };
        /**
         * Answering
         * @description A batch that is not over.
         */
        Answering: {
            /** Created At */
            created_at: number;
            /** Endpoint */
            endpoint: string;
            /** Expires At */
            expires_at: number;
            /** Id */
            id: string;
            /** Request Counts */
            request_counts: {
                [key: string]: number;
            };
            /** Status */
            status: string;
        } & {
            [key: string]: unknown;
        };
        /** AnswerTask */
        AnswerTask: {
            /** Documents */
            documents: string[];
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /** Question */
            question: string;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
        };
        /**
         * Asking
         * @description A request that waits or is under way. `model`: once it has been asked for; `seconds`: since it came.
         */
        Asking: {
            /** Address */
            address: string;
            /** Began At */
            began_at: number;
            /** Id */
            id: string;
            /** Model */
            model: string | null;
            /** Seconds */
            seconds: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Bakeoff
         * @description `data`: a known data set, fetched where it is not here. `minutes`: CPU minutes of training for each model.
         */
        Bakeoff: {
            /** Data */
            data: string;
            /**
             * Families
             * @default []
             */
            families: ("autoregressive" | "vae" | "gan" | "diffusion")[];
            /**
             * Minutes
             * @default 2
             */
            minutes: number;
            /**
             * Models
             * @default []
             */
            models: string[];
            /**
             * Seeds
             * @default 1
             */
            seeds: number;
        };
        /**
         * BakeoffPart
         * @description What one model is at, or, without a name, what all share. waiting, collecting, cleaning, judge, preparing, codec,
         *     training, judging, done or failed; `step` of `steps` where it learns.
         */
        BakeoffPart: {
            /** Name */
            name: string | null;
            /** Seed */
            seed: number;
            /** State */
            state: string;
            /** Step */
            step?: number | null;
            /** Steps */
            steps?: number | null;
            /** Why */
            why?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * BakeoffProgress
         * @description `said`: what it said last; why it ended, where it failed.
         */
        BakeoffProgress: {
            /** Data */
            data: string;
            /** Minutes */
            minutes: number;
            /** Modality */
            modality: string;
            /** Models */
            models: string[];
            /** Name */
            name: string;
            /**
             * Object
             * @default comparison.progress
             * @constant
             */
            object: "comparison.progress";
            /** Parts */
            parts: components["schemas"]["BakeoffPart"][];
            /** Said */
            said: string[];
            /** Seeds */
            seeds: number;
            /**
             * State
             * @enum {string}
             */
            state: "running" | "finished" | "stopped" | "failed";
        } & {
            [key: string]: unknown;
        };
        /** Beside */
        Beside: {
            /** Models */
            models: components["schemas"]["Samples"][];
            /**
             * Object
             * @default comparison
             * @constant
             */
            object: "comparison";
        } & {
            [key: string]: unknown;
        };
        /** Body_describe_v1_anew_datasets_describe_post */
        Body_describe_v1_anew_datasets_describe_post: {
            /** Column */
            column?: string | null;
            /**
             * File
             * @description A file or an archive.
             */
            file: string;
            /** Label */
            label?: string | null;
            /**
             * Modality
             * @description Without it, by the look of the file.
             */
            modality?: ("text" | "code" | "image" | "audio" | "table" | "chat" | "music") | null;
        };
        /** Body_take_in_v1_anew_models_post */
        Body_take_in_v1_anew_models_post: {
            /**
             * File
             * @description A zip of a model of anew's, or a GGUF file.
             */
            file?: string | null;
            /** Name */
            name?: string | null;
            /**
             * Starter
             * @description One that comes with anew, instead.
             */
            starter?: string | null;
        };
        /** BrainstormTask */
        BrainstormTask: {
            /**
             * Angle
             * @default []
             */
            angle: string[];
            /**
             * Count
             * @default 3
             */
            count: number;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Topic */
            topic: string;
        };
        /**
         * Busy
         * @description An open model: how many texts wait and are under way, and the bytes that it takes.
         */
        Busy: {
            /** Bytes */
            bytes: number;
            /** Model */
            model: string;
            /** Running */
            running: number;
            /** Waiting */
            waiting: number;
        } & {
            [key: string]: unknown;
        };
        /** Cached */
        Cached: {
            /** Cached Tokens */
            cached_tokens: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Called
         * @description A call, as it comes back in a conversation.
         */
        Called: {
            /** Arguments */
            arguments: string;
            /** Name */
            name: string;
        } & {
            [key: string]: unknown;
        };
        /** Candidate */
        Candidate: {
            /** Id */
            id: number;
            /** Logprob */
            logprob: number;
            /** Token */
            token: string;
        } & {
            [key: string]: unknown;
        };
        /** Change */
        Change: {
            /** Favourite */
            favourite?: boolean | null;
            /** Title */
            title?: string | null;
        };
        /**
         * Changes
         * @description `overrides`: dotted keys, `{"train.lr": 0.003, "size": "xs"}`; a text is read as if it had been typed.
         */
        Changes: {
            /**
             * Overrides
             * @default {}
             */
            overrides: {
                [key: string]: string | boolean | number | string[] | number[] | number[];
            };
        };
        /** ChatChoice */
        ChatChoice: {
            /**
             * Finish Reason
             * @enum {string}
             */
            finish_reason: "stop" | "length" | "tool_calls" | "function_call";
            /** Index */
            index: number;
            logprobs: components["schemas"]["ChatLogprobs"] | null;
            message: components["schemas"]["ChatMessage"];
        } & {
            [key: string]: unknown;
        };
        /** ChatCompletion */
        ChatCompletion: {
            /** Choices */
            choices: components["schemas"]["ChatChoice"][];
            /** Created */
            created: number;
            /** Id */
            id: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default chat.completion
             * @constant
             */
            object: "chat.completion";
            /** System Fingerprint */
            system_fingerprint: string;
            usage: components["schemas"]["Usage"];
        } & {
            [key: string]: unknown;
        };
        /** ChatLogprobs */
        ChatLogprobs: {
            /** Content */
            content: components["schemas"]["LikelyToken"][];
            /** Refusal */
            refusal?: null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ChatMessage
         * @description `content`: null beside calls; `function_call`: where the request asked with `functions`.
         */
        ChatMessage: {
            /**
             * Annotations
             * @default []
             */
            annotations: unknown[];
            /** Content */
            content: string | null;
            function_call?: components["schemas"]["FunctionCalled"] | null;
            /** Refusal */
            refusal?: null;
            /**
             * Role
             * @default assistant
             * @constant
             */
            role: "assistant";
            /** Tool Calls */
            tool_calls?: components["schemas"]["ToolCalled"][] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * ChatRequest
         * @description `functions` and `function_call` are what `tools` and `tool_choice` were called before, and are answered so.
         *     `continue_final_message`: the last message, an answer, is gone on with; then `add_generation_prompt` is false, and
         *     with `echo` the answer holds what it goes on from. These three are not OpenAI's; vLLM has them under these names.
         */
        ChatRequest: {
            /**
             * Add Generation Prompt
             * @default true
             */
            add_generation_prompt: boolean;
            /**
             * Continue Final Message
             * @default false
             */
            continue_final_message: boolean;
            /**
             * Echo
             * @default false
             */
            echo: boolean;
            /**
             * Frequency Penalty
             * @default 0
             */
            frequency_penalty: number;
            /** Function Call */
            function_call?: ("none" | "auto") | components["schemas"]["Chosen"] | null;
            /**
             * Functions
             * @default []
             */
            functions: components["schemas"]["Defined"][];
            /** Guided Grammar */
            guided_grammar?: string | null;
            /** Guided Json */
            guided_json?: {
                [key: string]: unknown;
            } | string | null;
            /** Guided Regex */
            guided_regex?: string | null;
            /**
             * Logit Bias
             * @default {}
             */
            logit_bias: {
                [key: string]: number;
            };
            /**
             * Logprobs
             * @default false
             */
            logprobs: boolean;
            /** Max Completion Tokens */
            max_completion_tokens?: number | null;
            /** Max Tokens */
            max_tokens?: number | null;
            /** Messages */
            messages: components["schemas"]["Turn"][];
            /**
             * Min P
             * @default 0
             */
            min_p: number;
            /** Model */
            model: string;
            /**
             * N
             * @default 1
             */
            n: number;
            /**
             * Parallel Tool Calls
             * @default true
             */
            parallel_tool_calls: boolean;
            /**
             * Presence Penalty
             * @default 0
             */
            presence_penalty: number;
            /**
             * Repetition Penalty
             * @default 1
             */
            repetition_penalty: number;
            /**
             * @default {
             *       "type": "text"
             *     }
             */
            response_format: components["schemas"]["ResponseFormat"];
            /** Seed */
            seed?: number;
            /**
             * Stop
             * @default []
             */
            stop: string | string[];
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * @default {
             *       "include_usage": false
             *     }
             */
            stream_options: components["schemas"]["StreamOptions"];
            /**
             * Temperature
             * @default 1
             */
            temperature: number;
            /** Tool Choice */
            tool_choice?: ("none" | "auto" | "required") | components["schemas"]["NamedTool"] | null;
            /**
             * Tools
             * @default []
             */
            tools: components["schemas"]["Tool"][];
            /**
             * Top K
             * @default 0
             */
            top_k: number;
            /** Top Logprobs */
            top_logprobs?: number | null;
            /**
             * Top P
             * @default 1
             */
            top_p: number;
            /**
             * Typical P
             * @default 1
             */
            typical_p: number;
        } & {
            [key: string]: unknown;
        };
        /** Chosen */
        Chosen: {
            /** Name */
            name: string;
        } & {
            [key: string]: unknown;
        };
        /** ChosenTool */
        ChosenTool: {
            /** Name */
            name: string;
            /**
             * Type
             * @constant
             */
            type: "function";
        } & {
            [key: string]: unknown;
        };
        /**
         * Cleaned
         * @description What cleaning leaves of the records, by a recipe's defaults. `counts`: by split, and what went by the rule that
         *     took it, with `examples`; `why`: it left none.
         */
        Cleaned: {
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Examples */
            examples: {
                [key: string]: string[];
            };
            /** Why */
            why?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * CodeRan
         * @description `outcome` "passed": all tests were run, and passed; "finished": a program without tests ended with 0. `tests`: of
         *     each why it failed, or "".
         */
        CodeRan: {
            /**
             * Object
             * @default code_run
             * @constant
             */
            object: "code_run";
            /**
             * Outcome
             * @enum {string}
             */
            outcome: "passed" | "finished" | "failed" | "ended early" | "timed out" | "out of memory" | "too much output";
            /** Seconds */
            seconds: number;
            /** Stderr */
            stderr: string;
            /** Stdout */
            stdout: string;
            /** Tests */
            tests: {
                [key: string]: string;
            };
            /** Why */
            why: string;
        };
        /**
         * CodeRun
         * @description `tests`: assertions or functions `test_…`, which see the program's names and find it as `module`. `beside`:
         *     modules that it imports. Limits: seconds of wall and CPU time, megabytes of memory.
         */
        CodeRun: {
            /**
             * Arguments
             * @default []
             */
            arguments: string[];
            /**
             * Beside
             * @default {}
             */
            beside: {
                [key: string]: string;
            };
            /**
             * Memory Mb
             * @default 512
             */
            memory_mb: number;
            /**
             * Module
             * @default program
             */
            module: string;
            /** Program */
            program: string;
            /**
             * Seconds
             * @default 5
             */
            seconds: number;
            /** Tests */
            tests?: string | null;
        };
        /** Compared */
        Compared: {
            /** Figures */
            figures: {
                [key: string]: ({
                    [key: string]: unknown;
                } | null)[];
            };
            /** Runs */
            runs: string[];
        } & {
            [key: string]: unknown;
        };
        /** Comparisons */
        Comparisons: {
            /** Data */
            data: {
                [key: string]: unknown;
            }[];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /** Completion */
        Completion: {
            /** Choices */
            choices: components["schemas"]["CompletionChoice"][];
            /** Created */
            created: number;
            /** Id */
            id: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default text_completion
             * @constant
             */
            object: "text_completion";
            /** System Fingerprint */
            system_fingerprint: string;
            usage: components["schemas"]["Usage"];
        } & {
            [key: string]: unknown;
        };
        /** CompletionChoice */
        CompletionChoice: {
            /**
             * Finish Reason
             * @enum {string}
             */
            finish_reason: "stop" | "length";
            /** Index */
            index: number;
            logprobs: components["schemas"]["CompletionLogprobs"] | null;
            /** Text */
            text: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * CompletionLogprobs
         * @description `top_logprobs`: of several tokens that are spelled alike the likeliest; `anew` has them all.
         */
        CompletionLogprobs: {
            anew: components["schemas"]["Exactly"];
            /** Text Offset */
            text_offset: number[];
            /** Token Logprobs */
            token_logprobs: (number | null)[];
            /** Tokens */
            tokens: string[];
            /** Top Logprobs */
            top_logprobs: ({
                [key: string]: number;
            } | null)[];
        } & {
            [key: string]: unknown;
        };
        /**
         * CompletionRequest
         * @description `suffix`: what the text ends with, for models that fill in the middle; `best_of`: so many are drawn, of which the
         *     n likeliest are answered; `max_tokens` 0 with `echo` and `logprobs` tells how likely the prompt is.
         */
        CompletionRequest: {
            /** Best Of */
            best_of?: number | null;
            /**
             * Echo
             * @default false
             */
            echo: boolean;
            /**
             * Frequency Penalty
             * @default 0
             */
            frequency_penalty: number;
            /** Guided Grammar */
            guided_grammar?: string | null;
            /** Guided Json */
            guided_json?: {
                [key: string]: unknown;
            } | string | null;
            /** Guided Regex */
            guided_regex?: string | null;
            /**
             * Logit Bias
             * @default {}
             */
            logit_bias: {
                [key: string]: number;
            };
            /** Logprobs */
            logprobs?: number | null;
            /**
             * Max Tokens
             * @default 16
             */
            max_tokens: number;
            /**
             * Min P
             * @default 0
             */
            min_p: number;
            /** Model */
            model: string;
            /**
             * N
             * @default 1
             */
            n: number;
            /**
             * Presence Penalty
             * @default 0
             */
            presence_penalty: number;
            /**
             * Prompt
             * @default
             */
            prompt: string | string[] | number[] | number[][];
            /**
             * Repetition Penalty
             * @default 1
             */
            repetition_penalty: number;
            /**
             * @default {
             *       "type": "text"
             *     }
             */
            response_format: components["schemas"]["ResponseFormat"];
            /** Seed */
            seed?: number;
            /**
             * Stop
             * @default []
             */
            stop: string | string[];
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * @default {
             *       "include_usage": false
             *     }
             */
            stream_options: components["schemas"]["StreamOptions"];
            /** Suffix */
            suffix?: string | null;
            /**
             * Temperature
             * @default 1
             */
            temperature: number;
            /**
             * Top K
             * @default 0
             */
            top_k: number;
            /**
             * Top P
             * @default 1
             */
            top_p: number;
            /**
             * Typical P
             * @default 1
             */
            typical_p: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Compose
         * @description At most one of `begin`, `melody` and `fill`: a score to go on with, to be harmonised, or whose bars `gap` are to
         *     be written anew but for the voices `keep`. `formats`: several files of each piece, in place of one `format`.
         */
        Compose: {
            /** Bars */
            bars?: number | null;
            /** Begin */
            begin?: string | null;
            /** Fill */
            fill?: string | null;
            /**
             * Format
             * @default mid
             * @enum {string}
             */
            format: "mid" | "musicxml" | "svg" | "png" | "wav" | "flac" | "mp3" | "ogg" | "opus";
            /** Formats */
            formats?: ("mid" | "musicxml" | "svg" | "png" | "wav" | "flac" | "mp3" | "ogg" | "opus")[] | null;
            /** Gap */
            gap?: string | null;
            /** Instruments */
            instruments?: string | null;
            /** Keep */
            keep?: string | null;
            /** Key */
            key?: string | null;
            /** Melody */
            melody?: string | null;
            /** Metre */
            metre?: string | null;
            /** Min P */
            min_p?: number | null;
            /** Mode */
            mode?: ("major" | "minor") | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * N
             * @default 1
             */
            n: number;
            /**
             * Seed
             * @default 0
             */
            seed: number;
            /** Style */
            style?: string | null;
            /** Temperature */
            temperature?: number | null;
            /** Tempo */
            tempo?: number | null;
            /** Top K */
            top_k?: number | null;
            /** Top P */
            top_p?: number | null;
        };
        /** Contender */
        Contender: {
            /** Family */
            family: string;
            /** Modality */
            modality: string;
            /** Name */
            name: string;
            /** Recipe */
            recipe: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Contenders
         * @description `data`: what can be compared, the first of a family and a modality first; `senseless`: what cannot, and why.
         */
        Contenders: {
            /** Data */
            data: components["schemas"]["Contender"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
            /** Senseless */
            senseless: components["schemas"]["Senseless"][];
        } & {
            [key: string]: unknown;
        };
        /** Decode */
        Decode: {
            /** Labels */
            labels?: (string | null)[] | null;
            /** Latents */
            latents: number[][];
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Space
             * @default model
             * @enum {string}
             */
            space: "model" | "codec";
        };
        /**
         * Decoded
         * @description `b64_png` of pictures, `rows` of a table.
         */
        Decoded: {
            /**
             * B64 Png
             * @default []
             */
            b64_png: string[];
            /**
             * Rows
             * @default []
             */
            rows: {
                [key: string]: unknown;
            }[];
        } & {
            [key: string]: unknown;
        };
        /**
         * Defined
         * @description A function. `strict` or not, its arguments are held to its parameters.
         */
        Defined: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Name */
            name: string;
            /**
             * Parameters
             * @default {}
             */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * Strict
             * @default false
             */
            strict: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * Description
         * @description `counts`: files by kind, bytes, and what was left out by the rule that said so, with `examples`. `whole`: whether
         *     that is all of it, or as many records as are looked at.
         */
        Description: {
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Examples */
            examples: {
                [key: string]: string[];
            };
            /** Filename */
            filename: string;
            /** First */
            first: components["schemas"]["Peeked"][];
            /** Labels */
            labels: {
                [key: string]: number;
            };
            /** Licences */
            licences: string[];
            /** Modality */
            modality: string;
            /**
             * Object
             * @default dataset_description
             * @constant
             */
            object: "dataset_description";
            /** Records */
            records: number;
            /** Whole */
            whole: boolean;
        } & {
            [key: string]: unknown;
        };
        /** Directed */
        Directed: {
            /** B64 Png */
            b64_png: string[];
            /** Direction */
            direction: number[];
            /** Length */
            length: number;
            /** Shape */
            shape: number[];
            /** Space */
            space: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Direction
         * @description From one label's pictures to another's. `start`: a seed or a picture that is moved by each of the `shares`.
         */
        Direction: {
            /** Away */
            away: string;
            /** Data */
            data?: string | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * N
             * @default 1000
             */
            n: number;
            /**
             * Shares
             * @default [
             *       0,
             *       0.5,
             *       1,
             *       1.5
             *     ]
             */
            shares: number[];
            /**
             * Space
             * @default model
             * @enum {string}
             */
            space: "model" | "codec";
            /** Start */
            start?: number | string | null;
            /** Towards */
            towards: string;
        };
        /**
         * Docstring
         * @description `text` is None where every draft names what the function does not hold; `unknown` are those names.
         */
        Docstring: {
            /** Draws */
            draws: number;
            /** Function */
            function: string;
            /** Text */
            text: string | null;
            /** Unknown */
            unknown: string[];
        };
        /**
         * DocstringTask
         * @description For the `function`, or for all that lack one.
         */
        DocstringTask: {
            /** Code */
            code: string;
            /** Function */
            function?: string | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
        };
        /**
         * Document
         * @description A `text` or a `creation` by its id. `markdown`: whether a text is read as Markdown, for `html` and `docx`.
         */
        Document: {
            /** Creation */
            creation?: string | null;
            /**
             * Format
             * @default html
             * @enum {string}
             */
            format: "txt" | "md" | "html" | "docx";
            /**
             * Markdown
             * @default true
             */
            markdown: boolean;
            /** Text */
            text?: string | null;
            /**
             * Title
             * @default
             */
            title: string;
        };
        /**
         * Documented
         * @description `source`: the file with all docstrings that were found in it.
         */
        Documented: {
            /** Docstrings */
            docstrings: components["schemas"]["Docstring"][];
            made: components["schemas"]["Made"] | null;
            /** Source */
            source: string;
        };
        /** Done[Answer] */
        Done_Answer_: {
            /** Model */
            model: string;
            result: components["schemas"]["Answer"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Documented] */
        Done_Documented_: {
            /** Model */
            model: string;
            result: components["schemas"]["Documented"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Draft] */
        Done_Draft_: {
            /** Model */
            model: string;
            result: components["schemas"]["anew__tasks__draft__Draft"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Explanation] */
        Done_Explanation_: {
            /** Model */
            model: string;
            result: components["schemas"]["Explanation"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Extraction] */
        Done_Extraction_: {
            /** Model */
            model: string;
            result: components["schemas"]["Extraction"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Fixed] */
        Done_Fixed_: {
            /** Model */
            model: string;
            result: components["schemas"]["Fixed"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Ideas] */
        Done_Ideas_: {
            /** Model */
            model: string;
            result: components["schemas"]["Ideas"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Outline] */
        Done_Outline_: {
            /** Model */
            model: string;
            result: components["schemas"]["Outline"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Rewrite] */
        Done_Rewrite_: {
            /** Model */
            model: string;
            result: components["schemas"]["Rewrite"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Summary] */
        Done_Summary_: {
            /** Model */
            model: string;
            result: components["schemas"]["Summary"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Tested] */
        Done_Tested_: {
            /** Model */
            model: string;
            result: components["schemas"]["Tested"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Done[Translation] */
        Done_Translation_: {
            /** Model */
            model: string;
            result: components["schemas"]["Translation"];
            /** Seed */
            seed: number;
            /** Task */
            task: string;
            /** Text */
            text: string;
        };
        /** Dpo */
        Dpo: {
            hyperparameters?: components["schemas"]["Preferring"];
        };
        /**
         * DraftTask
         * @description On a `topic`, for which an outline is made first, or along an `outline`.
         */
        DraftTask: {
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            outline?: components["schemas"]["OutlineAsked"] | null;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Topic */
            topic?: string | null;
            /**
             * Words
             * @default 300
             */
            words: number;
        };
        /**
         * Drawn
         * @description `revised_prompt`: the label or caption by which it was drawn; `url`: a data: URI.
         */
        Drawn: {
            /** B64 Json */
            b64_json?: string | null;
            /** Revised Prompt */
            revised_prompt: string;
            /** Url */
            url?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Dropped
         * @description A sentence that was left out, and the numbers and names in it that the text does not hold.
         */
        Dropped: {
            /** Missing */
            missing: string[];
            /** Sentence */
            sentence: string;
        };
        /**
         * Embedding
         * @description `embedding`: numbers, or base64 of their bytes as 32-bit floats, the lowest of each first.
         */
        Embedding: {
            /** Embedding */
            embedding: number[] | string;
            /** Index */
            index: number;
            /**
             * Object
             * @default embedding
             * @constant
             */
            object: "embedding";
        } & {
            [key: string]: unknown;
        };
        /** EmbeddingList */
        EmbeddingList: {
            /** Data */
            data: components["schemas"]["Embedding"][];
            /** Model */
            model: string;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
            usage: components["schemas"]["Read"];
        } & {
            [key: string]: unknown;
        };
        /**
         * EmbeddingsRequest
         * @description `dimensions`: the first so many numbers of each vector.
         */
        EmbeddingsRequest: {
            /** Dimensions */
            dimensions?: number | null;
            /**
             * Encoding Format
             * @default float
             * @enum {string}
             */
            encoding_format: "float" | "base64";
            /** Input */
            input: string | string[] | number[] | number[][];
            /** Model */
            model: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Encode
         * @description One of `pictures`, `rows` and `texts`. `labels`: of pictures, one each, of a model that knows some.
         */
        Encode: {
            /** Labels */
            labels?: (string | null)[] | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Pictures
             * @default []
             */
            pictures: string[];
            /**
             * Rows
             * @default []
             */
            rows: {
                [key: string]: unknown;
            }[];
            /**
             * Space
             * @default model
             * @enum {string}
             */
            space: "model" | "codec";
            /**
             * Texts
             * @default []
             */
            texts: string[];
        };
        /**
         * Exactly
         * @description `ids`: of the tokens; `top`: the likeliest in their places, of which several may be spelled alike; null where
         *     none were asked for, and of a token that nothing stands before.
         */
        Exactly: {
            /** Ids */
            ids: number[];
            /** Top */
            top: (components["schemas"]["Candidate"][] | null)[];
        } & {
            [key: string]: unknown;
        };
        /**
         * ExpiresAfter
         * @description `seconds` after it was made.
         */
        ExpiresAfter: {
            /**
             * Anchor
             * @constant
             */
            anchor: "created_at";
            /** Seconds */
            seconds: number;
        };
        /**
         * ExplainTask
         * @description All of the code, a `function` of it, or the `lines` from … to …, counted from 1.
         */
        ExplainTask: {
            /** Code */
            code: string;
            /** Function */
            function?: string | null;
            /** Lines */
            lines?: number[] | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
        };
        /**
         * Explanation
         * @description `text` is empty where no sentence held, after `draws`.
         */
        Explanation: {
            /** Draws */
            draws: number;
            /** Dropped */
            dropped: components["schemas"]["Dropped"][];
            made: components["schemas"]["Made"];
            /** Text */
            text: string;
        };
        /**
         * Extra
         * @description A file beside the one that is written in.
         */
        Extra: {
            /**
             * Filename
             * @default
             */
            filename: string;
            /** Text */
            text: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Extraction
         * @description `unsupported`: where in the value (`people[0].name`) stands what the text does not say in these words.
         */
        Extraction: {
            made: components["schemas"]["Made"];
            /** Unsupported */
            unsupported: string[];
            /** Value */
            value: unknown;
        };
        /**
         * ExtractTask
         * @description `fields`: 'name, born:integer, works:list'; or a JSON `schema`.
         */
        ExtractTask: {
            /** Fields */
            fields?: string | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /** Schema */
            schema?: {
                [key: string]: unknown;
            } | null;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Text */
            text: string;
        };
        /** Files */
        Files: {
            /** Data */
            data: {
                [key: string]: unknown;
            }[];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * FimRequest
         * @description `random_seed` is what `seed` is called there.
         */
        FimRequest: {
            /**
             * Frequency Penalty
             * @default 0
             */
            frequency_penalty: number;
            /** Guided Grammar */
            guided_grammar?: string | null;
            /** Guided Json */
            guided_json?: {
                [key: string]: unknown;
            } | string | null;
            /** Guided Regex */
            guided_regex?: string | null;
            /**
             * Logit Bias
             * @default {}
             */
            logit_bias: {
                [key: string]: number;
            };
            /** Max Tokens */
            max_tokens?: number | null;
            /**
             * Min P
             * @default 0
             */
            min_p: number;
            /** Model */
            model: string;
            /**
             * Presence Penalty
             * @default 0
             */
            presence_penalty: number;
            /** Prompt */
            prompt: string;
            /**
             * Repetition Penalty
             * @default 1
             */
            repetition_penalty: number;
            /** Seed */
            seed?: number;
            /**
             * Stop
             * @default []
             */
            stop: string | string[];
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * Suffix
             * @default
             */
            suffix: string;
            /**
             * Temperature
             * @default 1
             */
            temperature: number;
            /**
             * Top K
             * @default 0
             */
            top_k: number;
            /**
             * Top P
             * @default 1
             */
            top_p: number;
            /**
             * Typical P
             * @default 1
             */
            typical_p: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Fixed
         * @description `source` None: no draft passed all `tests`. `drafts` are those that were tried, the passing one last.
         */
        Fixed: {
            /** Before */
            before: string;
            /** Drafts */
            drafts: components["schemas"]["anew__tasks__code__judging__Draft"][];
            /** Function */
            function: string;
            made: components["schemas"]["Made"] | null;
            /** Source */
            source: string | null;
            /** Tests */
            tests: number;
        };
        /**
         * FixTask
         * @description `function`: the one to mend, where the tests do not tell.
         */
        FixTask: {
            /** Code */
            code: string;
            /** Function */
            function?: string | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Module
             * @default program
             */
            module: string;
            /**
             * N
             * @default 8
             */
            n: number;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * Temperature
             * @default 0.8
             */
            temperature: number;
            /** Tests */
            tests: string;
        };
        /**
         * Forecast
         * @description `learning` of the `parameters` change. `memory_bytes`: the most that the process holds at once. `seconds` by the
         *     settings' clock.
         */
        Forecast: {
            /** Disk Bytes */
            disk_bytes: number;
            /** Learning */
            learning: number;
            /** Memory Bytes */
            memory_bytes: number;
            /** Parameters */
            parameters: number;
            /** Seconds */
            seconds: number;
            /** Steps */
            steps: number;
        } & {
            [key: string]: unknown;
        };
        /** Format */
        Format: {
            /** Description */
            description?: string | null;
            /** Name */
            name?: string | null;
            /** Schema */
            schema?: {
                [key: string]: unknown;
            } | null;
            /** Strict */
            strict?: boolean | null;
            /**
             * Type
             * @enum {string}
             */
            type: "text" | "json_object" | "json_schema";
        } & {
            [key: string]: unknown;
        };
        /**
         * Found
         * @description A list for each sample. `compared`: training items or passages; `whole`: whether those are all.
         */
        Found: {
            /** Compared */
            compared: number;
            /** Data */
            data: components["schemas"]["Neighbours"][];
            /**
             * Object
             * @default neighbours
             * @constant
             */
            object: "neighbours";
            /** Whole */
            whole: boolean;
        } & {
            [key: string]: unknown;
        };
        /** FunctionCalled */
        FunctionCalled: {
            /** Arguments */
            arguments: string;
            /** Name */
            name: string;
        } & {
            [key: string]: unknown;
        };
        /** FunctionTool */
        FunctionTool: {
            /**
             * Description
             * @default
             */
            description: string;
            /** Name */
            name: string;
            /**
             * Parameters
             * @default {}
             */
            parameters: {
                [key: string]: unknown;
            };
            /**
             * Strict
             * @default false
             */
            strict: boolean;
            /**
             * Type
             * @constant
             */
            type: "function";
        } & {
            [key: string]: unknown;
        };
        /**
         * Generate
         * @description `stream`: texts as they grow.
         */
        Generate: {
            /** Beams */
            beams?: number | null;
            /** Best Of */
            best_of?: number | null;
            /** Bias */
            bias?: {
                [key: string]: number;
            } | null;
            /**
             * Fill
             * @default false
             */
            fill: boolean;
            /** Frequency */
            frequency?: number | null;
            /** Grammar */
            grammar?: string | null;
            /** Guidance */
            guidance?: number | null;
            /** Json Schema */
            json_schema?: {
                [key: string]: unknown;
            } | string | null;
            /** Label */
            label?: string | null;
            /** Logprobs */
            logprobs?: number | null;
            /** Loop */
            loop?: boolean | null;
            /** Loudness */
            loudness?: number | null;
            /** Max New */
            max_new?: number | null;
            /** Min P */
            min_p?: number | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * N
             * @default 1
             */
            n: number;
            /** Negative */
            negative?: string | null;
            /** Presence */
            presence?: number | null;
            /** Prompt */
            prompt?: string | null;
            /** Regex */
            regex?: string | null;
            /** Repetition */
            repetition?: number | null;
            /** Seconds */
            seconds?: number | null;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /** Size */
            size?: string | null;
            /** Solver */
            solver?: string | null;
            /** Steps */
            steps?: number | null;
            /** Stop */
            stop?: string | string[] | null;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Temperature */
            temperature?: number | null;
            /** Top K */
            top_k?: number | null;
            /** Top P */
            top_p?: number | null;
            /** Typical */
            typical?: number | null;
            /** Where */
            where?: string | null;
        };
        /**
         * GenerationRequest
         * @description `best_of`: so many are drawn for each picture, and the one is kept that agrees best with the prompt, by the model
         *     that `scorer` names or by the model's own. `towards`: prompts to go on to from `prompt`, in turn, `frames` pictures
         *     from each to the next, both counted, and with `walk` back to the first. None of these is OpenAI's.
         */
        GenerationRequest: {
            /**
             * Background
             * @default auto
             * @enum {string}
             */
            background: "auto" | "opaque" | "transparent";
            /** Best Of */
            best_of?: number | null;
            /** Class */
            class?: string | number | null;
            /** Frames */
            frames?: number | null;
            /** Guidance */
            guidance?: number | null;
            /** Model */
            model?: string | null;
            /**
             * N
             * @default 1
             */
            n: number;
            /** Negative Prompt */
            negative_prompt?: string | null;
            /** Output Compression */
            output_compression?: number | null;
            /**
             * Output Format
             * @default png
             * @enum {string}
             */
            output_format: "png" | "jpeg" | "webp";
            /**
             * Partial Images
             * @default 0
             */
            partial_images: number;
            /** Prompt */
            prompt: string;
            /**
             * Response Format
             * @default b64_json
             * @enum {string}
             */
            response_format: "b64_json" | "url";
            /** Sampler */
            sampler?: string | null;
            /** Scorer */
            scorer?: string | null;
            /** Seed */
            seed?: number;
            /**
             * Size
             * @default auto
             */
            size: string;
            /** Steps */
            steps?: number | null;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Temperature */
            temperature?: number | null;
            /** Towards */
            towards?: string | string[] | null;
            /**
             * Walk
             * @default false
             */
            walk: boolean;
        } & {
            [key: string]: unknown;
        };
        /** HTTPValidationError */
        HTTPValidationError: {
            /** Detail */
            detail?: components["schemas"]["ValidationError"][];
        };
        /** Hyperparameters */
        Hyperparameters: {
            /**
             * Batch Size
             * @default auto
             */
            batch_size?: "auto" | number;
            /**
             * Learning Rate Multiplier
             * @default auto
             */
            learning_rate_multiplier?: "auto" | number;
            /**
             * N Epochs
             * @default auto
             */
            n_epochs?: "auto" | number;
        };
        /** Idea */
        Idea: {
            /** Angle */
            angle: string;
            /** Text */
            text: string;
        };
        /**
         * Ideas
         * @description `repeated`: how many were left out because another says nearly the same.
         */
        Ideas: {
            /** Ideas */
            ideas: components["schemas"]["Idea"][];
            made: components["schemas"]["Made"];
            /** Repeated */
            repeated: number;
            /** Topic */
            topic: string;
        };
        /**
         * InfillRequest
         * @description `model` may be left out where one alone can fill; `prompt` is what the middle begins with; `n_predict` -1 is as
         *     many as fit, and 0 reads alone, so that the same is answered sooner next time.
         */
        InfillRequest: {
            /**
             * Frequency Penalty
             * @default 0
             */
            frequency_penalty: number;
            /** Guided Grammar */
            guided_grammar?: string | null;
            /** Guided Json */
            guided_json?: {
                [key: string]: unknown;
            } | string | null;
            /** Guided Regex */
            guided_regex?: string | null;
            /**
             * Input Extra
             * @default []
             */
            input_extra: components["schemas"]["Extra"][];
            /**
             * Input Prefix
             * @default
             */
            input_prefix: string;
            /**
             * Input Suffix
             * @default
             */
            input_suffix: string;
            /**
             * Logit Bias
             * @default {}
             */
            logit_bias: {
                [key: string]: number;
            };
            /**
             * Min P
             * @default 0
             */
            min_p: number;
            /**
             * Model
             * @default
             */
            model: string;
            /**
             * N Predict
             * @default -1
             */
            n_predict: number;
            /**
             * Presence Penalty
             * @default 0
             */
            presence_penalty: number;
            /**
             * Prompt
             * @default
             */
            prompt: string;
            /**
             * Repetition Penalty
             * @default 1
             */
            repetition_penalty: number;
            /** Seed */
            seed?: number;
            /**
             * Stop
             * @default []
             */
            stop: string | string[];
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * Temperature
             * @default 1
             */
            temperature: number;
            /**
             * Top K
             * @default 0
             */
            top_k: number;
            /**
             * Top P
             * @default 1
             */
            top_p: number;
            /**
             * Typical P
             * @default 1
             */
            typical_p: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Item
         * @description A message, a call, what came of one, or a stored item's id.
         */
        Item: {
            /** Arguments */
            arguments?: string | null;
            /** Call Id */
            call_id?: string | null;
            /** Content */
            content?: string | components["schemas"]["Part"][] | null;
            /** Id */
            id?: string | null;
            /** Name */
            name?: string | null;
            /** Output */
            output?: string | components["schemas"]["Part"][] | null;
            /** Role */
            role?: ("user" | "assistant" | "system" | "developer") | null;
            /**
             * Type
             * @default message
             * @enum {string}
             */
            type: "message" | "function_call" | "function_call_output" | "item_reference" | "reasoning";
        } & {
            [key: string]: unknown;
        };
        /**
         * Keep
         * @description What is to be kept. Without content it is made now, by the request.
         */
        Keep: {
            /** Content */
            content?: string | null;
            /** Content B64 */
            content_b64?: string | null;
            /**
             * Favourite
             * @default false
             */
            favourite: boolean;
            request: components["schemas"]["MadeBy"];
            /**
             * Title
             * @default
             */
            title: string;
        };
        /** Kept */
        Kept: {
            /** Bytes */
            bytes: number;
            /** Created At */
            created_at: number;
            /** Deleted At */
            deleted_at: number | null;
            /** Favourite */
            favourite: boolean;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Modality */
            modality: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default creation
             * @constant
             */
            object: "creation";
            /** Prompt */
            prompt: string;
            /** Request */
            request: {
                [key: string]: unknown;
            };
            /** Sha256 */
            sha256: string;
            /** Title */
            title: string;
        };
        /** KeptList */
        KeptList: {
            /** Data */
            data: components["schemas"]["Listed"][];
            /** Has More */
            has_more: boolean;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * KeyRequest
         * @description What a new key may do. A field that is not listed is refused: a bound that was misspelled is none.
         */
        KeyRequest: {
            /** Expires */
            expires?: string | null;
            /** Name */
            name: string;
            /** Requests Per Minute */
            requests_per_minute?: number | null;
            /**
             * Scopes
             * @default [
             *       "read",
             *       "generate",
             *       "files",
             *       "train"
             *     ]
             */
            scopes: string[];
            /** Tenant */
            tenant?: string | null;
            /** Tokens Per Day */
            tokens_per_day?: number | null;
        };
        /**
         * Known
         * @description `here`: whether it is on this machine; else `anew data get NAME` fetches it.
         */
        Known: {
            /** About */
            about: string;
            /** Here */
            here: boolean;
            /** Licence */
            licence: string;
            /** Modality */
            modality: string;
            /** Name */
            name: string;
        } & {
            [key: string]: unknown;
        };
        /** KnownList */
        KnownList: {
            /** Data */
            data: components["schemas"]["Known"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * KnownWhole
         * @description With its package, its version and hash, and the number of its files where it is here.
         */
        KnownWhole: {
            /** About */
            about: string;
            /** Here */
            here: boolean;
            /** Licence */
            licence: string;
            /** Modality */
            modality: string;
            /** Name */
            name: string;
            /** Package */
            package: string;
            /** Version */
            version: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Latents
         * @description `latents`: a list of numbers each, of the `shape`. `space`: "states" where they are a language model's.
         */
        Latents: {
            /** Latents */
            latents: number[][];
            /**
             * Object
             * @default latents
             * @constant
             */
            object: "latents";
            /** Shape */
            shape: number[];
            /** Space */
            space: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Learning
         * @description A model of the run that learns: its `steps`, once these are settled; whether it has begun, and ended.
         */
        Learning: {
            /** Begun */
            begun: boolean;
            /** Done */
            done: boolean;
            /** Steps */
            steps: number | null;
        } & {
            [key: string]: unknown;
        };
        /** Likely */
        Likely: {
            /** Bytes */
            bytes: number[];
            /** Logprob */
            logprob: number;
            /** Token */
            token: string;
        } & {
            [key: string]: unknown;
        };
        /** LikelyToken */
        LikelyToken: {
            /** Bytes */
            bytes: number[];
            /** Logprob */
            logprob: number;
            /** Token */
            token: string;
            /** Top Logprobs */
            top_logprobs: components["schemas"]["Likely"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * Listed
         * @description As it stands in a list, which leaves out by which request it was made.
         */
        Listed: {
            /** Bytes */
            bytes: number;
            /** Created At */
            created_at: number;
            /** Deleted At */
            deleted_at: number | null;
            /** Favourite */
            favourite: boolean;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Modality */
            modality: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default creation
             * @constant
             */
            object: "creation";
            /** Prompt */
            prompt: string;
            /** Sha256 */
            sha256: string;
            /** Title */
            title: string;
        };
        /**
         * Look
         * @description What a run would learn from, as a job names it: an upload or a known data set, or what lies on the machine.
         */
        Look: {
            /** Column */
            column?: string | null;
            /** Label */
            label?: string | null;
            /** Modality */
            modality?: ("text" | "code" | "image" | "audio" | "table" | "chat" | "music") | null;
            /** Training File */
            training_file?: string | null;
            /** Training Folder */
            training_folder?: string | null;
        };
        /**
         * Looked
         * @description `across`: records from all over it, rather than the first ones.
         */
        Looked: {
            /** Across */
            across: components["schemas"]["Peeked"][];
            cleaned: components["schemas"]["Cleaned"];
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Examples */
            examples: {
                [key: string]: string[];
            };
            /** Filename */
            filename: string;
            /** First */
            first: components["schemas"]["Peeked"][];
            /** Labels */
            labels: {
                [key: string]: number;
            };
            /** Licences */
            licences: string[];
            /** Modality */
            modality: string;
            /**
             * Object
             * @default dataset_description
             * @constant
             */
            object: "dataset_description";
            /** Records */
            records: number;
            /** Whole */
            whole: boolean;
        } & {
            [key: string]: unknown;
        };
        /**
         * Machine
         * @description `free_bytes`: memory that this process may still take; `used_bytes`: what it has.
         */
        Machine: {
            /** Anew */
            anew: string;
            /** Cores */
            cores: number;
            /** Disk Free Bytes */
            disk_free_bytes: number;
            /** Free Bytes */
            free_bytes: number;
            /** Load */
            load: number;
            /** Memory Bytes */
            memory_bytes: number;
            /** Models Open */
            models_open: string[];
            /**
             * Object
             * @default machine
             * @constant
             */
            object: "machine";
            /** Processor */
            processor: string;
            /** Python */
            python: string;
            /** Sandbox */
            sandbox: boolean;
            /** Torch */
            torch: string;
            /** Up Seconds */
            up_seconds: number;
            /** Used Bytes */
            used_bytes: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Made
         * @description What made a result and makes it again: the prompt by version and hash, the model by name and digest, the seed.
         */
        Made: {
            /** Digest */
            digest: string;
            /** Model */
            model: string;
            /** Prompt */
            prompt: string;
            /** Prompt Sha256 */
            prompt_sha256: string;
            /** Seed */
            seed: number;
            /** Task */
            task: string;
        };
        /**
         * MadeBy
         * @description The request that made it: an address of this server, its body, and which of several it is.
         */
        MadeBy: {
            /** Address */
            address: string;
            /** Body */
            body: {
                [key: string]: unknown;
            };
            /**
             * Index
             * @default 0
             */
            index: number;
        };
        /**
         * MadeSound
         * @description `b64_audio`: the file. `loudness`: LUFS, null of silence; `seed` makes it again.
         */
        MadeSound: {
            /** B64 Audio */
            b64_audio: string;
            /** Label */
            label?: string | null;
            /** Loudness */
            loudness: number | null;
            /** Seconds */
            seconds: number;
            /** Seed */
            seed: number;
        } & {
            [key: string]: unknown;
        };
        /** Map */
        Map: {
            /** Data */
            data?: string | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * N
             * @default 1000
             */
            n: number;
            /**
             * Space
             * @default codec
             * @enum {string}
             */
            space: "model" | "codec";
        };
        /**
         * Mapped
         * @description `places`: two numbers each; `variance`: the share of it that they show. The place (a, b) is the latent `mean` +
         *     a · `axes[0]` + b · `axes[1]`, of the `shape`: what `/decode` takes.
         */
        Mapped: {
            /** Axes */
            axes: number[][];
            /** B64 Png */
            b64_png: string;
            /** Labels */
            labels: (string | null)[];
            /** Mean */
            mean: number[];
            /** Origins */
            origins: string[];
            /** Places */
            places: [
                number,
                number
            ][];
            /** Shape */
            shape: number[];
            /** Space */
            space: string;
            /** Variance */
            variance: number;
        } & {
            [key: string]: unknown;
        };
        /** Method */
        Method: {
            dpo?: components["schemas"]["Dpo"] | null;
            supervised?: components["schemas"]["Supervised"] | null;
            /**
             * Type
             * @enum {string}
             */
            type: "supervised" | "dpo";
        };
        /**
         * Metrics
         * @description `done`: whether the part has trained to its end.
         */
        Metrics: {
            /** Done */
            done: boolean;
            /** Part */
            part: string;
            /** Rows */
            rows: {
                [key: string]: unknown;
            }[];
            /** Run */
            run: string;
        } & {
            [key: string]: unknown;
        };
        /** ModelList */
        ModelList: {
            /** Data */
            data: components["schemas"]["ModelTold"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /** ModelTold */
        ModelTold: {
            anew: components["schemas"]["About"];
            /** Created */
            created: number;
            /** Id */
            id: string;
            /**
             * Object
             * @default model
             * @constant
             */
            object: "model";
            /**
             * Owned By
             * @default anew
             */
            owned_by: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Myself
         * @description `key`: the id of the key that came, `--api-key` for the one that the server was started with, null where none is
         *     needed. Bounds are null where there are none; `tokens_today` where the key is in no database.
         */
        Myself: {
            /** Expires At */
            expires_at?: number | null;
            /** Key */
            key: string | null;
            /**
             * Object
             * @default whoami
             * @constant
             */
            object: "whoami";
            /** Requests Per Minute */
            requests_per_minute?: number | null;
            /** Scopes */
            scopes: string[];
            /** Tenant */
            tenant: string;
            /** Tokens Per Day */
            tokens_per_day?: number | null;
            /** Tokens Today */
            tokens_today?: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * NamedSchema
         * @description `name` and `strict`: as clients send them; a text is held to the schema either way.
         */
        NamedSchema: {
            /** Name */
            name?: string | null;
            /** Schema */
            schema?: {
                [key: string]: unknown;
            } | null;
            /** Strict */
            strict?: boolean | null;
        } & {
            [key: string]: unknown;
        };
        /** NamedTool */
        NamedTool: {
            function: components["schemas"]["Chosen"];
            /**
             * Type
             * @constant
             */
            type: "function";
        } & {
            [key: string]: unknown;
        };
        /**
         * Near
         * @description `distance`: of pictures the root of the mean square over their values of 0 to 255; of texts between profiles of
         *     their n-grams, from 0, the same, to 1.41, none in common.
         */
        Near: {
            /** B64 Png */
            b64_png?: string | null;
            /** Distance */
            distance: number;
            /** Label */
            label?: string | null;
            /**
             * Origin
             * @default
             */
            origin: string;
            /** Text */
            text?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** Neighbours */
        Neighbours: {
            copied?: components["schemas"]["Span"] | null;
            /** Nearest */
            nearest: components["schemas"]["Near"][];
        } & {
            [key: string]: unknown;
        };
        /** NewAlias */
        NewAlias: {
            /** Alias */
            alias: string;
        };
        /**
         * NewBatch
         * @description `completion_window`: hours, within which what is not answered by then is given up.
         */
        NewBatch: {
            /** Completion Window */
            completion_window: string;
            /**
             * Endpoint
             * @enum {string}
             */
            endpoint: "/v1/chat/completions" | "/v1/completions" | "/v1/embeddings" | "/v1/responses" | "/v1/images/generations";
            /** Input File Id */
            input_file_id: string;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            };
            output_expires_after?: components["schemas"]["ExpiresAfter"] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * NewJob
         * @description Our own: `overrides`, any key of the recipe by its dotted name; `training_file` may name a known data set, and
         *     `training_folder`, in its place, what lies on the server's machine; `keep_run`: the run stays among the machine's
         *     runs, with its data. `integrations` are let be: figures are sent nowhere, and the job's events hold them.
         */
        NewJob: {
            hyperparameters?: components["schemas"]["Hyperparameters"] | null;
            /**
             * Keep Run
             * @default false
             */
            keep_run: boolean;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            };
            method?: components["schemas"]["Method"] | null;
            /** Model */
            model: string;
            /** Overrides */
            overrides?: {
                [key: string]: string | number | boolean;
            };
            /** Seed */
            seed?: number | null;
            /** Suffix */
            suffix?: string | null;
            /** Training File */
            training_file?: string | null;
            /** Training Folder */
            training_folder?: string | null;
            /** Validation File */
            validation_file?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * OtherTool
         * @description What is not a function is not here, and is let be.
         */
        OtherTool: {
            /** Type */
            type: string;
        };
        /**
         * Outline
         * @description `made`: None of one that a person wrote.
         */
        Outline: {
            made?: components["schemas"]["Made"] | null;
            /** Sections */
            sections: components["schemas"]["Section"][];
            /** Title */
            title: string;
        };
        /** OutlineAsked */
        OutlineAsked: {
            /** Sections */
            sections: components["schemas"]["SectionAsked"][];
            /** Title */
            title: string;
        };
        /** OutlineTask */
        OutlineTask: {
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Points
             * @default 3
             */
            points: number;
            /**
             * Sections
             * @default 4
             */
            sections: number;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Topic */
            topic: string;
        };
        /** Part */
        Part: {
            /** Refusal */
            refusal?: string | null;
            /** Text */
            text?: string | null;
            /** Type */
            type: string;
        } & {
            [key: string]: unknown;
        };
        /** Parted */
        Parted: {
            /** Image Tokens */
            image_tokens: number;
            /** Text Tokens */
            text_tokens: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Peeked
         * @description `text`, what a row or a conversation says as JSON among them, or `b64`, a file's bytes; `cut`: not all of it.
         */
        Peeked: {
            /** B64 */
            b64?: string | null;
            /**
             * Cut
             * @default false
             */
            cut: boolean;
            /** Label */
            label: string | null;
            /** Licence */
            licence: string | null;
            /** Origin */
            origin: string;
            /** Sha256 */
            sha256: string;
            /** Split */
            split: string | null;
            /** Text */
            text?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** Pictures */
        Pictures: {
            /** Background */
            background: string;
            /** Created */
            created: number;
            /** Data */
            data: components["schemas"]["Drawn"][];
            /** Output Format */
            output_format: string;
            /** Size */
            size: string;
            usage: components["schemas"]["PictureUsage"];
        } & {
            [key: string]: unknown;
        };
        /** PictureUsage */
        PictureUsage: {
            /** Input Tokens */
            input_tokens: number;
            input_tokens_details: components["schemas"]["Parted"];
            /** Output Tokens */
            output_tokens: number;
            /** Total Tokens */
            total_tokens: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Piece
         * @description `files`: by their formats, where several were asked for; `b64` is the first of them.
         */
        Piece: {
            /** B64 */
            b64: string;
            /** Bars */
            bars: number;
            /** Files */
            files?: {
                [key: string]: components["schemas"]["PieceFile"];
            } | null;
            /** Key */
            key: string | null;
            /** Media Type */
            media_type: string;
            /** Metre */
            metre: string;
            /** Notes */
            notes: number;
            /** Seed */
            seed: number;
            /** Tempo */
            tempo: number;
        } & {
            [key: string]: unknown;
        };
        /** PieceFile */
        PieceFile: {
            /** B64 */
            b64: string;
            /** Media Type */
            media_type: string;
        } & {
            [key: string]: unknown;
        };
        /** Pieces */
        Pieces: {
            /** Model */
            model: string;
            /**
             * Object
             * @default pieces
             * @constant
             */
            object: "pieces";
            /** Pieces */
            pieces: components["schemas"]["Piece"][];
        } & {
            [key: string]: unknown;
        };
        /** Preferring */
        Preferring: {
            /**
             * Batch Size
             * @default auto
             */
            batch_size: "auto" | number;
            /**
             * Beta
             * @default auto
             */
            beta: "auto" | number;
            /**
             * Learning Rate Multiplier
             * @default auto
             */
            learning_rate_multiplier: "auto" | number;
            /**
             * N Epochs
             * @default auto
             */
            n_epochs: "auto" | number;
        };
        /**
         * Queue
         * @description `admitted` of at most `bound` requests, `yours` of them; `requests`: yours that came to this server from outside;
         *     `sequence_bytes`: of memory that all models' sequences share, promised of what there is. `jobs` and `batches`: yours
         *     that are not over, the oldest first; at most `jobs_at_once` train at a time.
         */
        Queue: {
            /** Admitted */
            admitted: number;
            /** Batches */
            batches: components["schemas"]["Answering"][];
            /** Bound */
            bound: number;
            /** Jobs */
            jobs: components["schemas"]["Training"][];
            /** Jobs At Once */
            jobs_at_once: number;
            /** Models */
            models: components["schemas"]["Busy"][];
            /**
             * Object
             * @default queue
             * @constant
             */
            object: "queue";
            /** Requests */
            requests: components["schemas"]["Asking"][];
            /** Sequence Bytes */
            sequence_bytes: number;
            /** Sequence Bytes In All */
            sequence_bytes_in_all: number;
            /** Yours */
            yours: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Quote
         * @description What stands in a document (counted from 0) from `start` to `end`.
         */
        Quote: {
            /** Document */
            document: number;
            /** End */
            end: number;
            /** Start */
            start: number;
            /** Text */
            text: string;
        };
        /** Read */
        Read: {
            /** Prompt Tokens */
            prompt_tokens: number;
            /** Total Tokens */
            total_tokens: number;
        } & {
            [key: string]: unknown;
        };
        /** Ready */
        Ready: {
            /** About */
            about: string;
            /** Modality */
            modality: string;
            /** Name */
            name: string;
            /**
             * Source
             * @description The data that it brings; empty where it brings none.
             */
            source: string;
            /**
             * Starts
             * @description It begins from nothing: a job can name it. Others go on from a stored model.
             */
            starts: boolean;
        } & {
            [key: string]: unknown;
        };
        /** ReadyList */
        ReadyList: {
            /** Data */
            data: components["schemas"]["Ready"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /** Reasoned */
        Reasoned: {
            /** Reasoning Tokens */
            reasoning_tokens: number;
        } & {
            [key: string]: unknown;
        };
        /** Records */
        Records: {
            /**
             * Counts
             * @description What the stage counted.
             */
            counts: {
                [key: string]: number;
            };
            /** Data */
            data: components["schemas"]["Peeked"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * Removed
         * @description `freed_bytes`: of the disk, with all else that no name led to; only where that was asked for.
         */
        Removed: {
            /** Freed Bytes */
            freed_bytes?: number | null;
            /** Removed */
            removed: string[];
        } & {
            [key: string]: unknown;
        };
        /**
         * Render
         * @description A score as it is, in another form: to be heard, seen or opened elsewhere.
         */
        Render: {
            /**
             * Format
             * @default wav
             * @enum {string}
             */
            format: "mid" | "musicxml" | "svg" | "png" | "wav" | "flac" | "mp3" | "ogg" | "opus";
            /**
             * Score
             * @description MusicXML or ABC as text, or any in base64.
             */
            score: string;
        };
        /** Rendered */
        Rendered: {
            /** B64 */
            b64: string;
            /** Bars */
            bars: number;
            /** Key */
            key: string | null;
            /** Media Type */
            media_type: string;
            /** Metre */
            metre: string;
            /** Notes */
            notes: number;
            /** Tempo */
            tempo: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Replayed
         * @description `same`: whether the bytes are those that were kept. `model_changed`: whether the name stands for other weights
         *     by now.
         */
        Replayed: {
            /** Bytes */
            bytes: number;
            /** Id */
            id: string;
            /** Model Changed */
            model_changed: boolean;
            /** Same */
            same: boolean;
            /** Sha256 */
            sha256: string;
        };
        /** ResponseFormat */
        ResponseFormat: {
            json_schema?: components["schemas"]["NamedSchema"] | null;
            /**
             * Type
             * @enum {string}
             */
            type: "text" | "json_object" | "json_schema";
        } & {
            [key: string]: unknown;
        };
        /** ResponsesRequest */
        ResponsesRequest: {
            /**
             * Frequency Penalty
             * @default 0
             */
            frequency_penalty: number;
            /** Guided Grammar */
            guided_grammar?: string | null;
            /** Guided Json */
            guided_json?: {
                [key: string]: unknown;
            } | string | null;
            /** Guided Regex */
            guided_regex?: string | null;
            /**
             * Include
             * @default []
             */
            include: string[];
            /** Input */
            input: string | components["schemas"]["Item"][];
            /** Instructions */
            instructions?: string | null;
            /**
             * Logit Bias
             * @default {}
             */
            logit_bias: {
                [key: string]: number;
            };
            /** Max Output Tokens */
            max_output_tokens?: number | null;
            /**
             * Metadata
             * @default {}
             */
            metadata: {
                [key: string]: string;
            };
            /**
             * Min P
             * @default 0
             */
            min_p: number;
            /** Model */
            model: string;
            /**
             * Parallel Tool Calls
             * @default true
             */
            parallel_tool_calls: boolean;
            /**
             * Presence Penalty
             * @default 0
             */
            presence_penalty: number;
            /** Previous Response Id */
            previous_response_id?: string | null;
            /**
             * Repetition Penalty
             * @default 1
             */
            repetition_penalty: number;
            /** Seed */
            seed?: number;
            /**
             * Stop
             * @default []
             */
            stop: string | string[];
            /**
             * Store
             * @default true
             */
            store: boolean;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * Temperature
             * @default 1
             */
            temperature: number;
            /**
             * @default {
             *       "format": {
             *         "type": "text"
             *       }
             *     }
             */
            text: components["schemas"]["Text"];
            /** Tool Choice */
            tool_choice?: ("none" | "auto" | "required") | components["schemas"]["ChosenTool"] | null;
            /**
             * Tools
             * @default []
             */
            tools: (components["schemas"]["FunctionTool"] | components["schemas"]["OtherTool"])[];
            /**
             * Top K
             * @default 0
             */
            top_k: number;
            /**
             * Top Logprobs
             * @default 0
             */
            top_logprobs: number;
            /**
             * Top P
             * @default 1
             */
            top_p: number;
            /**
             * Truncation
             * @default disabled
             * @enum {string}
             */
            truncation: "auto" | "disabled";
            /**
             * Typical P
             * @default 1
             */
            typical_p: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Rewrite
         * @description `before` and `after`: Flesch's reading ease of both, None for a text without words. `added`: numbers and names
         *     that the old text does not hold.
         */
        Rewrite: {
            /** Added */
            added: string[];
            /** After */
            after: number | null;
            /** Before */
            before: number | null;
            /** Drafts */
            drafts: number;
            made: components["schemas"]["Made"];
            /** Text */
            text: string;
        };
        /** RewriteTask */
        RewriteTask: {
            /**
             * Drafts
             * @default 4
             */
            drafts: number;
            /**
             * How
             * @default simpler
             */
            how: string;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Rounds
             * @default 1
             */
            rounds: number;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Text */
            text: string;
        };
        /** Run */
        Run: {
            /** Bytes */
            bytes: number;
            /** Damaged */
            damaged: string[];
            /** Done */
            done: string[];
            /** Figures */
            figures: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
            /** Headline */
            headline: string[];
            /** Modality */
            modality: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default run
             * @constant
             */
            object: "run";
            /** Recipe */
            recipe: string;
            /** State */
            state: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * RunForecast
         * @description `parts` learn one after the other; `records` were looked at.
         */
        RunForecast: {
            /** Disk Bytes */
            disk_bytes: number;
            /** Free Bytes */
            free_bytes: number;
            /** Memory Bytes */
            memory_bytes: number;
            /**
             * Object
             * @default forecast
             * @constant
             */
            object: "forecast";
            /** Parts */
            parts: {
                [key: string]: components["schemas"]["Forecast"];
            };
            /** Recipe */
            recipe: string;
            /** Records */
            records: number;
            /** Seconds */
            seconds: number;
        } & {
            [key: string]: unknown;
        };
        /** Runs */
        Runs: {
            /** Data */
            data: components["schemas"]["Run"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * RunWhole
         * @description With what learns in it, in the order of learning.
         */
        RunWhole: {
            /** Bytes */
            bytes: number;
            /** Damaged */
            damaged: string[];
            /** Done */
            done: string[];
            /** Figures */
            figures: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
            /** Headline */
            headline: string[];
            /** Modality */
            modality: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default run
             * @constant
             */
            object: "run";
            /** Parts */
            parts: {
                [key: string]: components["schemas"]["Learning"];
            };
            /** Recipe */
            recipe: string;
            /** State */
            state: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Sample
         * @description One of `text`, `row`, `b64_png`, `b64_wav` and `b64_mid`. `finish`, `logp` and `tokens` of texts that are written
         *     token by token.
         */
        Sample: {
            /** B64 Mid */
            b64_mid?: string | null;
            /** B64 Png */
            b64_png?: string | null;
            /** B64 Wav */
            b64_wav?: string | null;
            /** Finish */
            finish?: string | null;
            /** Label */
            label?: string | null;
            /** Logp */
            logp?: number | null;
            /** Row */
            row?: {
                [key: string]: unknown;
            } | null;
            /** Seed */
            seed: number;
            /** Text */
            text?: string | null;
            /** Tokens */
            tokens?: {
                [key: string]: unknown;
            }[] | null;
        } & {
            [key: string]: unknown;
        };
        /** Samples */
        Samples: {
            /** Modality */
            modality: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default samples
             * @constant
             */
            object: "samples";
            /** Samples */
            samples: components["schemas"]["Sample"][];
        } & {
            [key: string]: unknown;
        };
        /** Section */
        Section: {
            /** Heading */
            heading: string;
            /** Points */
            points: string[];
        };
        /** SectionAsked */
        SectionAsked: {
            /** Heading */
            heading: string;
            /**
             * Points
             * @default []
             */
            points: string[];
        };
        /** Senseless */
        Senseless: {
            /** Family */
            family: string;
            /** Modality */
            modality: string;
            /** Why */
            why: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Setting
         * @description A setting: `key` as overrides name it, `kind` the JSON schema of its values, `value` as the recipe has it on this
         *     machine, None where that is open; `own`: it belongs to the part of that name and to no other.
         */
        Setting: {
            /** About */
            about: string;
            /** Key */
            key: string;
            /** Kind */
            kind: {
                [key: string]: unknown;
            };
            /** Own */
            own?: string | null;
            /** Value */
            value: unknown;
        } & {
            [key: string]: unknown;
        };
        /** SettingList */
        SettingList: {
            /** Data */
            data: components["schemas"]["Setting"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * Shown
         * @description `values`: as the recipe says, defaults left out; `resolved`: every setting of every part on this machine, None
         *     where that takes the stored model that it starts from.
         */
        Shown: {
            /** Name */
            name: string;
            /**
             * Object
             * @default recipe
             * @constant
             */
            object: "recipe";
            /** Resolved */
            resolved: {
                [key: string]: unknown;
            } | null;
            /** Values */
            values: {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        };
        /** SideBySide */
        SideBySide: {
            /** Beams */
            beams?: number | null;
            /** Best Of */
            best_of?: number | null;
            /** Bias */
            bias?: {
                [key: string]: number;
            } | null;
            /**
             * Fill
             * @default false
             */
            fill: boolean;
            /** Frequency */
            frequency?: number | null;
            /** Grammar */
            grammar?: string | null;
            /** Guidance */
            guidance?: number | null;
            /** Json Schema */
            json_schema?: {
                [key: string]: unknown;
            } | string | null;
            /** Label */
            label?: string | null;
            /** Logprobs */
            logprobs?: number | null;
            /** Loop */
            loop?: boolean | null;
            /** Loudness */
            loudness?: number | null;
            /** Max New */
            max_new?: number | null;
            /** Min P */
            min_p?: number | null;
            /** Models */
            models: string[];
            /**
             * N
             * @default 1
             */
            n: number;
            /** Negative */
            negative?: string | null;
            /** Presence */
            presence?: number | null;
            /** Prompt */
            prompt?: string | null;
            /** Regex */
            regex?: string | null;
            /** Repetition */
            repetition?: number | null;
            /** Seconds */
            seconds?: number | null;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /** Size */
            size?: string | null;
            /** Solver */
            solver?: string | null;
            /** Steps */
            steps?: number | null;
            /** Stop */
            stop?: string | string[] | null;
            /** Temperature */
            temperature?: number | null;
            /** Top K */
            top_k?: number | null;
            /** Top P */
            top_p?: number | null;
            /** Typical */
            typical?: number | null;
            /** Where */
            where?: string | null;
        };
        /** Sounds */
        Sounds: {
            /** Format */
            format: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default sounds
             * @constant
             */
            object: "sounds";
            /** Sounds */
            sounds: components["schemas"]["MadeSound"][];
        } & {
            [key: string]: unknown;
        };
        /**
         * Span
         * @description The longest stretch of a text that stands in the training text word for word.
         */
        Span: {
            /** Length */
            length: number;
            /** Start */
            start: number;
            /** Text */
            text: string;
        } & {
            [key: string]: unknown;
        };
        /** SpeechRequest */
        SpeechRequest: {
            /** Input */
            input: string;
            /** Model */
            model: string;
            /**
             * Response Format
             * @default mp3
             * @enum {string}
             */
            response_format: "mp3" | "opus" | "aac" | "flac" | "wav" | "pcm";
            /**
             * Speed
             * @default 1
             */
            speed: number;
            /**
             * Stream Format
             * @default audio
             * @enum {string}
             */
            stream_format: "audio" | "sse";
            /** Voice */
            voice: string | components["schemas"]["Voice"];
        } & {
            [key: string]: unknown;
        };
        /**
         * Speed
         * @description What this machine did in a tenth of a second, once since the server began: `flops` a second, in float32.
         */
        Speed: {
            /** Flops */
            flops: number;
            /**
             * Object
             * @default speed
             * @constant
             */
            object: "speed";
        } & {
            [key: string]: unknown;
        };
        /**
         * Starter
         * @description A model that comes with the package and is not in the store.
         */
        Starter: {
            /** About */
            about: string;
            /** Licence */
            licence: string | null;
            /** Name */
            name: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Stored
         * @description `open`: whether it is in memory. `about`, `licence`: as its evidence has them. `origin`: trained here, a starter
         *     of the package, or taken in from elsewhere. `anew`: what /v1/models tells of it. Of one model alone: `versions`, ids
         *     that the name stood for, the present one first; `alone_bytes`, of files that no other has: they go with it.
         */
        Stored: {
            /**
             * About
             * @default
             */
            about: string;
            /**
             * Aliases
             * @default []
             */
            aliases: string[];
            /** Alone Bytes */
            alone_bytes?: number | null;
            anew: components["schemas"]["About"];
            /** Bytes */
            bytes: number;
            /** Created */
            created: number;
            /** Does */
            does?: string | null;
            /**
             * Files
             * @default {}
             */
            files: {
                [key: string]: number;
            };
            /** Id */
            id: string;
            /** Licence */
            licence?: string | null;
            /** Modality */
            modality: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default model
             * @constant
             */
            object: "model";
            /** Open */
            open: boolean;
            /** Origin */
            origin?: ("trained" | "starter" | "imported") | null;
            /**
             * Versions
             * @default []
             */
            versions: string[];
        } & {
            [key: string]: unknown;
        };
        /**
         * StoredList
         * @description `starters`: those that can be taken in.
         */
        StoredList: {
            /** Data */
            data: components["schemas"]["Stored"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
            /**
             * Starters
             * @default []
             */
            starters: components["schemas"]["Starter"][];
        } & {
            [key: string]: unknown;
        };
        /** StreamOptions */
        StreamOptions: {
            /**
             * Include Usage
             * @default false
             */
            include_usage: boolean;
        } & {
            [key: string]: unknown;
        };
        /** SummariseTask */
        SummariseTask: {
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Text */
            text: string;
            /**
             * Words
             * @default 60
             */
            words: number;
        };
        /**
         * Summary
         * @description `pieces`: where the parts lie that were read; together they are the whole text. `quoted`: parts of which no
         *     sentence held, so that a sentence of their own stands in the summary.
         */
        Summary: {
            /** Dropped */
            dropped: components["schemas"]["Dropped"][];
            made: components["schemas"]["Made"];
            /** Pieces */
            pieces: [
                number,
                number
            ][];
            /** Quoted */
            quoted: number;
            /** Text */
            text: string;
        };
        /** Supervised */
        Supervised: {
            hyperparameters?: components["schemas"]["Hyperparameters"];
        };
        /**
         * Suspects
         * @description One of `texts` and `pictures`, as the model made them.
         */
        Suspects: {
            /**
             * K
             * @default 5
             */
            k: number;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Pictures
             * @default []
             */
            pictures: string[];
            /**
             * Texts
             * @default []
             */
            texts: string[];
        };
        /** TaskList */
        TaskList: {
            /** Data */
            data: components["schemas"]["TaskTold"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * TaskTold
         * @description `fields`: the JSON schema of its request.
         */
        TaskTold: {
            /** About */
            about: string;
            /** Fields */
            fields: {
                [key: string]: unknown;
            };
            /** Task */
            task: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Tested
         * @description `source`: the tests that passed and noticed one of the `mutants`, for pytest; empty where none did. `drawn`
         *     assertions came, of which `distinct` are not the same; `noticed`: mutants that the tests kept notice together.
         */
        Tested: {
            /** Distinct */
            distinct: number;
            /** Drawn */
            drawn: number;
            /** Function */
            function: string;
            /** Kept */
            kept: number;
            made: components["schemas"]["Made"];
            /** Mutants */
            mutants: number;
            /** Noticed */
            noticed: number;
            /** Passed */
            passed: number;
            /** Source */
            source: string;
            /** Trials */
            trials: components["schemas"]["Trial"][];
        };
        /** TestsTask */
        TestsTask: {
            /** Code */
            code: string;
            /** Function */
            function: string;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Module
             * @default program
             */
            module: string;
            /**
             * N
             * @default 8
             */
            n: number;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /**
             * Temperature
             * @default 0.8
             */
            temperature: number;
        };
        /** Text */
        Text: {
            /**
             * @default {
             *       "type": "text"
             *     }
             */
            format: components["schemas"]["Format"];
        } & {
            [key: string]: unknown;
        };
        /** Tool */
        Tool: {
            function: components["schemas"]["Defined"];
            /**
             * Type
             * @constant
             */
            type: "function";
        } & {
            [key: string]: unknown;
        };
        /** ToolCall */
        ToolCall: {
            function: components["schemas"]["Called"];
            /**
             * Id
             * @default
             */
            id: string;
            /**
             * Type
             * @default function
             * @constant
             */
            type: "function";
        } & {
            [key: string]: unknown;
        };
        /** ToolCalled */
        ToolCalled: {
            function: components["schemas"]["FunctionCalled"];
            /** Id */
            id: string;
            /**
             * Type
             * @default function
             * @constant
             */
            type: "function";
        } & {
            [key: string]: unknown;
        };
        /**
         * Training
         * @description A job that is not over. `ahead`: jobs of anybody's that came before it and are not over, paused ones left out.
         */
        Training: {
            /** Ahead */
            ahead: number;
            /** Created At */
            created_at: number;
            /** Estimated Finish */
            estimated_finish: number | null;
            /** Id */
            id: string;
            /** Model */
            model: string;
            /** Status */
            status: string;
        } & {
            [key: string]: unknown;
        };
        /** TranslateTask */
        TranslateTask: {
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Seed
             * @description The same seed gives the same bytes.
             * @default 0
             */
            seed: number;
            /**
             * Stream
             * @default false
             */
            stream: boolean;
            /** Text */
            text: string;
            /** To */
            to: string;
        };
        /**
         * Translation
         * @description `lost` and `made_up`: numbers of one text that the other does not hold. `found`: the language that the
         *     translation is in, as two letters; `as_asked`: whether it is the one asked for.
         */
        Translation: {
            /** As Asked */
            as_asked: boolean;
            /** Found */
            found: string;
            /** Lost */
            lost: string[];
            made: components["schemas"]["Made"];
            /** Made Up */
            made_up: string[];
            /** Text */
            text: string;
        };
        /**
         * Trial
         * @description A test, why it failed on the code as it stands ("": it passed), and the mutants that it notices.
         */
        Trial: {
            /**
             * Notices
             * @default []
             */
            notices: number[];
            /** Test */
            test: string;
            /** Why */
            why: string;
        };
        /** Turn */
        Turn: {
            /** Content */
            content?: string | components["schemas"]["Part"][] | null;
            function_call?: components["schemas"]["Called"] | null;
            /** Refusal */
            refusal?: string | null;
            /**
             * Role
             * @enum {string}
             */
            role: "system" | "developer" | "user" | "assistant" | "tool" | "function";
            /** Tool Call Id */
            tool_call_id?: string | null;
            /**
             * Tool Calls
             * @default []
             */
            tool_calls: components["schemas"]["ToolCall"][];
        } & {
            [key: string]: unknown;
        };
        /** Usage */
        Usage: {
            /** Completion Tokens */
            completion_tokens: number;
            completion_tokens_details: components["schemas"]["Reasoned"];
            /** Prompt Tokens */
            prompt_tokens: number;
            prompt_tokens_details: components["schemas"]["Cached"];
            /** Total Tokens */
            total_tokens: number;
        } & {
            [key: string]: unknown;
        };
        /** ValidationError */
        ValidationError: {
            /** Context */
            ctx?: Record<string, never>;
            /** Input */
            input?: unknown;
            /** Location */
            loc: (string | number)[];
            /** Message */
            msg: string;
            /** Error Type */
            type: string;
        };
        /** Voice */
        Voice: {
            /** Id */
            id: string;
        };
        /** VoiceList */
        VoiceList: {
            /** Data */
            data: components["schemas"]["VoiceTold"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        } & {
            [key: string]: unknown;
        };
        /**
         * VoiceTold
         * @description A speaker of a voice. `learnt`: here, from recordings; `refused`: why it says nothing.
         */
        VoiceTold: {
            /** Id */
            id: string;
            /** Learnt */
            learnt: boolean;
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default voice
             * @constant
             */
            object: "voice";
            /** Refused */
            refused?: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Walked
         * @description Each picture, all as the strip and the GIF that `anew interpolate` writes.
         */
        Walked: {
            /** B64 Gif */
            b64_gif: string;
            /** B64 Png */
            b64_png: string[];
            /** Space */
            space: string;
            /** Strip B64 Png */
            strip_b64_png: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Way
         * @description `ends`: seeds or pictures; `frames` from each to the next, both counted; `walk`: back to where it began.
         */
        Way: {
            /** Ends */
            ends: (number | string)[];
            /**
             * Frames
             * @default 12
             */
            frames: number;
            /** Label */
            label?: string | null;
            /**
             * Model
             * @description A model that is served.
             */
            model: string;
            /**
             * Space
             * @default model
             * @enum {string}
             */
            space: "model" | "codec";
            /**
             * Walk
             * @default false
             */
            walk: boolean;
        };
        /**
         * Weighed
         * @description What a run would learn from; without either, the recipe's own data.
         */
        Weighed: {
            /**
             * Overrides
             * @default {}
             */
            overrides: {
                [key: string]: string | boolean | number | string[] | number[] | number[];
            };
            /** Training File */
            training_file?: string | null;
            /** Training Folder */
            training_folder?: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthy_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    infill_infill_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InfillRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    metrics_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    ready_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    go_on_v1_anew_audio_continue_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Answer
                     * @default file
                     * @enum {string}
                     */
                    answer?: "file" | "json";
                    /** @description A file in base64. */
                    audio: string;
                    /** Guidance */
                    guidance?: number | null;
                    /** Label */
                    label?: string | null;
                    /** Margins */
                    margins: number[];
                    /**
                     * Model
                     * @description A model that is served.
                     */
                    model: string;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative */
                    negative?: string | null;
                    /**
                     * Response Format
                     * @default wav
                     * @enum {string}
                     */
                    response_format?: "wav" | "flac" | "mp3" | "ogg" | "opus" | "pcm";
                    /**
                     * Seed
                     * @description The same seed gives the same bytes.
                     * @default 0
                     */
                    seed?: number;
                    /** Solver */
                    solver?: string | null;
                    /** Steps */
                    steps?: number | null;
                };
                "multipart/form-data": {
                    /**
                     * Answer
                     * @default file
                     * @enum {string}
                     */
                    answer?: "file" | "json";
                    /** Format: binary */
                    audio: string;
                    /** Guidance */
                    guidance?: number | null;
                    /** Label */
                    label?: string | null;
                    /** Margins */
                    margins: number[];
                    /**
                     * Model
                     * @description A model that is served.
                     */
                    model: string;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative */
                    negative?: string | null;
                    /**
                     * Response Format
                     * @default wav
                     * @enum {string}
                     */
                    response_format?: "wav" | "flac" | "mp3" | "ogg" | "opus" | "pcm";
                    /**
                     * Seed
                     * @description The same seed gives the same bytes.
                     * @default 0
                     */
                    seed?: number;
                    /** Solver */
                    solver?: string | null;
                    /** Steps */
                    steps?: number | null;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sounds"];
                    "audio/flac": string;
                    "audio/mpeg": string;
                    "audio/ogg": string;
                    "audio/pcm": string;
                    "audio/wav": string;
                };
            };
        };
    };
    generate_v1_anew_audio_generate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Answer
                     * @default file
                     * @enum {string}
                     */
                    answer?: "file" | "json";
                    /** @description A file in base64. */
                    audio?: string;
                    /** Guidance */
                    guidance?: number | null;
                    /** Label */
                    label?: string | null;
                    /** Loop */
                    loop?: boolean | null;
                    /** Loudness */
                    loudness?: number | null;
                    /**
                     * Model
                     * @description A model that is served.
                     */
                    model: string;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative */
                    negative?: string | null;
                    /**
                     * Response Format
                     * @default wav
                     * @enum {string}
                     */
                    response_format?: "wav" | "flac" | "mp3" | "ogg" | "opus" | "pcm";
                    /** Seconds */
                    seconds?: number | null;
                    /**
                     * Seed
                     * @description The same seed gives the same bytes.
                     * @default 0
                     */
                    seed?: number;
                    /** Solver */
                    solver?: string | null;
                    /** Steps */
                    steps?: number | null;
                    /** Strength */
                    strength?: number | null;
                };
                "multipart/form-data": {
                    /**
                     * Answer
                     * @default file
                     * @enum {string}
                     */
                    answer?: "file" | "json";
                    /** Format: binary */
                    audio?: string;
                    /** Guidance */
                    guidance?: number | null;
                    /** Label */
                    label?: string | null;
                    /** Loop */
                    loop?: boolean | null;
                    /** Loudness */
                    loudness?: number | null;
                    /**
                     * Model
                     * @description A model that is served.
                     */
                    model: string;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative */
                    negative?: string | null;
                    /**
                     * Response Format
                     * @default wav
                     * @enum {string}
                     */
                    response_format?: "wav" | "flac" | "mp3" | "ogg" | "opus" | "pcm";
                    /** Seconds */
                    seconds?: number | null;
                    /**
                     * Seed
                     * @description The same seed gives the same bytes.
                     * @default 0
                     */
                    seed?: number;
                    /** Solver */
                    solver?: string | null;
                    /** Steps */
                    steps?: number | null;
                    /** Strength */
                    strength?: number | null;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sounds"];
                    "audio/flac": string;
                    "audio/mpeg": string;
                    "audio/ogg": string;
                    "audio/pcm": string;
                    "audio/wav": string;
                };
            };
        };
    };
    inpaint_v1_anew_audio_inpaint_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Answer
                     * @default file
                     * @enum {string}
                     */
                    answer?: "file" | "json";
                    /** @description A file in base64. */
                    audio: string;
                    /** Guidance */
                    guidance?: number | null;
                    /** Label */
                    label?: string | null;
                    /** Mask */
                    mask: number[];
                    /**
                     * Model
                     * @description A model that is served.
                     */
                    model: string;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative */
                    negative?: string | null;
                    /**
                     * Response Format
                     * @default wav
                     * @enum {string}
                     */
                    response_format?: "wav" | "flac" | "mp3" | "ogg" | "opus" | "pcm";
                    /**
                     * Seed
                     * @description The same seed gives the same bytes.
                     * @default 0
                     */
                    seed?: number;
                    /** Solver */
                    solver?: string | null;
                    /** Steps */
                    steps?: number | null;
                };
                "multipart/form-data": {
                    /**
                     * Answer
                     * @default file
                     * @enum {string}
                     */
                    answer?: "file" | "json";
                    /** Format: binary */
                    audio: string;
                    /** Guidance */
                    guidance?: number | null;
                    /** Label */
                    label?: string | null;
                    /** Mask */
                    mask: number[];
                    /**
                     * Model
                     * @description A model that is served.
                     */
                    model: string;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative */
                    negative?: string | null;
                    /**
                     * Response Format
                     * @default wav
                     * @enum {string}
                     */
                    response_format?: "wav" | "flac" | "mp3" | "ogg" | "opus" | "pcm";
                    /**
                     * Seed
                     * @description The same seed gives the same bytes.
                     * @default 0
                     */
                    seed?: number;
                    /** Solver */
                    solver?: string | null;
                    /** Steps */
                    steps?: number | null;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sounds"];
                    "audio/flac": string;
                    "audio/mpeg": string;
                    "audio/ogg": string;
                    "audio/pcm": string;
                    "audio/wav": string;
                };
            };
        };
    };
    show_v1_anew_audit_get: {
        parameters: {
            query?: {
                after?: number;
                before?: number | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    verify_v1_anew_audit_verify_get: {
        parameters: {
            query?: {
                holds?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    run_v1_anew_code_run_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeRun"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeRan"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    compare_v1_anew_compare_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SideBySide"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Beside"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    comparisons_v1_anew_comparisons_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparisons"];
                };
            };
        };
    };
    begin_v1_anew_comparisons_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Bakeoff"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BakeoffProgress"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    comparison_v1_anew_comparisons__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_v1_anew_comparisons__name__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BakeoffProgress"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    file_v1_anew_comparisons__name__files__path__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    progress_v1_anew_comparisons__name__progress_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BakeoffProgress"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    report_v1_anew_comparisons__name__report_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    contenders_v1_anew_contenders_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contenders"];
                };
            };
        };
    };
    listed_v1_anew_creations_get: {
        parameters: {
            query?: {
                /** @description The id of the last one of the page before. */
                after?: string;
                deleted?: boolean;
                favourite?: boolean | null;
                /** @description At most so many. */
                limit?: number;
                modality?: string;
                model?: string;
                /** @description Words of the prompt, the title or the model's name. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptList"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    keep_v1_anew_creations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Keep"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    one_v1_anew_creations__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_v1_anew_creations__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    change_v1_anew_creations__id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Change"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    content_v1_anew_creations__id__content_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    replay_v1_anew_creations__id__replay_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    restore_v1_anew_creations__id__restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    listed_v1_anew_datasets_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnownList"];
                };
            };
        };
    };
    one_v1_anew_datasets__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnownWhole"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    describe_v1_anew_datasets_describe_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["Body_describe_v1_anew_datasets_describe_post"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Description"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    look_v1_anew_datasets_look_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Look"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Looked"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    export_v1_anew_documents_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Document"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    generate_v1_anew_generate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Generate"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Samples"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    listed_v1_anew_keys_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    make_v1_anew_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    take_back_v1_anew_keys__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    decode_v1_anew_latents_decode_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Decode"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decoded"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    directions_v1_anew_latents_directions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Direction"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Directed"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    encode_v1_anew_latents_encode_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Encode"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Latents"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    interpolate_v1_anew_latents_interpolate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Way"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Walked"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    draw_map_v1_anew_latents_map_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Map"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mapped"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    machine_v1_anew_machine_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Machine"];
                };
            };
        };
    };
    speed_v1_anew_machine_speed_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Speed"];
                };
            };
        };
    };
    listed_v1_anew_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredList"];
                };
            };
        };
    };
    take_in_v1_anew_models_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "multipart/form-data": components["schemas"]["Body_take_in_v1_anew_models_post"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stored"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    one_v1_anew_models__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stored"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    remove_v1_anew_models__name__delete: {
        parameters: {
            query?: {
                free?: boolean;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    call_v1_anew_models__name__aliases_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAlias"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stored"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    call_no_more_v1_anew_models__name__aliases__alias__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alias: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stored"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    card_v1_anew_models__name__card_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    close_v1_anew_models__name__close_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stored"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    evidence_v1_anew_models__name__evidence_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    export_v1_anew_models__name__export_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    figure_v1_anew_models__name__figures__path__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    open_now_v1_anew_models__name__open_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stored"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    compose_v1_anew_music_compose_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Compose"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pieces"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    render_v1_anew_music_render_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Render"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rendered"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    neighbours_v1_anew_neighbours_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Suspects"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Found"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    queue_v1_anew_queue_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
        };
    };
    cancel_v1_anew_queue_requests__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asking"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    listed_v1_anew_recipes_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyList"];
                };
            };
        };
    };
    one_v1_anew_recipes__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shown"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    check_v1_anew_recipes__name__check_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Changes"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shown"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    forecast_v1_anew_recipes__name__forecast_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Weighed"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunForecast"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    schema_v1_anew_recipes__name__schema_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    runs_v1_anew_runs_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Runs"];
                };
            };
        };
    };
    run_v1_anew_runs__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunWhole"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    files_v1_anew_runs__name__files_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Files"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    file_v1_anew_runs__name__files__path__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    metrics_v1_anew_runs__name__metrics_get: {
        parameters: {
            query?: {
                /** @description Which of the run's models. */
                part?: "train" | "codec" | "judge";
                stream?: boolean;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Metrics"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    records_v1_anew_runs__name__records_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                split?: ("train" | "validation" | "test") | null;
                /** @description Before or after cleaning. */
                stage?: "collect" | "clean";
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Records"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    report_v1_anew_runs__name__report_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    compared_v1_anew_runs_compare_get: {
        parameters: {
            query: {
                run: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Compared"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    listed_v1_anew_tasks_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskList"];
                };
            };
        };
    };
    answer_v1_anew_tasks_answer_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Answer_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    brainstorm_v1_anew_tasks_brainstorm_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BrainstormTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Ideas_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    docstring_v1_anew_tasks_docstring_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocstringTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Documented_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    draft_v1_anew_tasks_draft_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DraftTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Draft_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    explain_v1_anew_tasks_explain_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplainTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Explanation_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    extract_v1_anew_tasks_extract_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtractTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Extraction_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    fix_v1_anew_tasks_fix_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FixTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Fixed_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    outline_v1_anew_tasks_outline_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OutlineTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Outline_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    rewrite_v1_anew_tasks_rewrite_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RewriteTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Rewrite_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    summarise_v1_anew_tasks_summarise_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SummariseTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Summary_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    tests_v1_anew_tasks_tests_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TestsTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Tested_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    translate_v1_anew_tasks_translate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TranslateTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done_Translation_"];
                    "text/event-stream": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    whoami_v1_anew_whoami_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Myself"];
                };
            };
        };
    };
    speech_v1_audio_speech_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SpeechRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    transcriptions_v1_audio_transcriptions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                    /** Language */
                    language?: string | null;
                    /** Model */
                    model: string;
                    /**
                     * Prompt
                     * @default
                     */
                    prompt?: string;
                    /**
                     * Response Format
                     * @default json
                     * @enum {string}
                     */
                    response_format?: "json" | "text" | "srt" | "vtt" | "verbose_json";
                    /**
                     * Stream
                     * @default false
                     */
                    stream?: boolean;
                    /**
                     * Temperature
                     * @default 0
                     */
                    temperature?: number;
                    /**
                     * Timestamp Granularities
                     * @default []
                     */
                    timestamp_granularities?: ("word" | "segment")[];
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    speakers_v1_audio_voices_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VoiceList"];
                };
            };
        };
    };
    voices_v1_audio_voices_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    audio_sample: string;
                    /** Consent */
                    consent?: string | null;
                    /** Name */
                    name: string;
                    /**
                     * Type
                     * @default audio_sample
                     * @constant
                     */
                    type?: "audio_sample";
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    batches_v1_batches_get: {
        parameters: {
            query?: {
                /** @description The id behind which to go on. */
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_v1_batches_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    batch_v1_batches__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_v1_batches__id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    chat_completions_v1_chat_completions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletion"];
                    "text/event-stream": {
                        /** Choices */
                        choices: ({
                            /** Delta */
                            delta: {
                                /** Content */
                                content?: string | null;
                                function_call?: ({
                                    /** Arguments */
                                    arguments: string;
                                    /** Name */
                                    name?: string | null;
                                } & {
                                    [key: string]: unknown;
                                }) | null;
                                /** Role */
                                role?: "assistant" | null;
                                /** Tool Calls */
                                tool_calls?: ({
                                    /**
                                     * FunctionPiece
                                     * @description `name`: in the first piece of a call alone.
                                     */
                                    function: {
                                        /** Arguments */
                                        arguments: string;
                                        /** Name */
                                        name?: string | null;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    /** Id */
                                    id?: string | null;
                                    /** Index */
                                    index: number;
                                    /** Type */
                                    type?: "function" | null;
                                } & {
                                    [key: string]: unknown;
                                })[] | null;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Finish Reason */
                            finish_reason: ("stop" | "length" | "tool_calls" | "function_call") | null;
                            /** Index */
                            index: number;
                            logprobs: ({
                                /** Content */
                                content: ({
                                    /** Bytes */
                                    bytes: number[];
                                    /** Logprob */
                                    logprob: number;
                                    /** Token */
                                    token: string;
                                    /** Top Logprobs */
                                    top_logprobs: ({
                                        /** Bytes */
                                        bytes: number[];
                                        /** Logprob */
                                        logprob: number;
                                        /** Token */
                                        token: string;
                                    } & {
                                        [key: string]: unknown;
                                    })[];
                                } & {
                                    [key: string]: unknown;
                                })[];
                                /** Refusal */
                                refusal?: null;
                            } & {
                                [key: string]: unknown;
                            }) | null;
                        } & {
                            [key: string]: unknown;
                        })[];
                        /** Created */
                        created: number;
                        /** Id */
                        id: string;
                        /** Model */
                        model: string;
                        /**
                         * Object
                         * @default chat.completion.chunk
                         * @constant
                         */
                        object: "chat.completion.chunk";
                        /** System Fingerprint */
                        system_fingerprint: string;
                        usage?: ({
                            /** Completion Tokens */
                            completion_tokens: number;
                            /** Reasoned */
                            completion_tokens_details: {
                                /** Reasoning Tokens */
                                reasoning_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Prompt Tokens */
                            prompt_tokens: number;
                            /** Cached */
                            prompt_tokens_details: {
                                /** Cached Tokens */
                                cached_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Total Tokens */
                            total_tokens: number;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    completions_v1_completions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompletionRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                    "text/event-stream": {
                        /** Choices */
                        choices: ({
                            /** Finish Reason */
                            finish_reason: ("stop" | "length") | null;
                            /** Index */
                            index: number;
                            logprobs: ({
                                /**
                                 * Exactly
                                 * @description `ids`: of the tokens; `top`: the likeliest in their places, of which several may be spelled alike; null where
                                 *     none were asked for, and of a token that nothing stands before.
                                 */
                                anew: {
                                    /** Ids */
                                    ids: number[];
                                    /** Top */
                                    top: (({
                                        /** Id */
                                        id: number;
                                        /** Logprob */
                                        logprob: number;
                                        /** Token */
                                        token: string;
                                    } & {
                                        [key: string]: unknown;
                                    })[] | null)[];
                                } & {
                                    [key: string]: unknown;
                                };
                                /** Text Offset */
                                text_offset: number[];
                                /** Token Logprobs */
                                token_logprobs: (number | null)[];
                                /** Tokens */
                                tokens: string[];
                                /** Top Logprobs */
                                top_logprobs: ({
                                    [key: string]: number;
                                } | null)[];
                            } & {
                                [key: string]: unknown;
                            }) | null;
                            /** Text */
                            text: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                        /** Created */
                        created: number;
                        /** Id */
                        id: string;
                        /** Model */
                        model: string;
                        /**
                         * Object
                         * @default text_completion
                         * @constant
                         */
                        object: "text_completion";
                        /** System Fingerprint */
                        system_fingerprint: string;
                        usage?: ({
                            /** Completion Tokens */
                            completion_tokens: number;
                            /** Reasoned */
                            completion_tokens_details: {
                                /** Reasoning Tokens */
                                reasoning_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Prompt Tokens */
                            prompt_tokens: number;
                            /** Cached */
                            prompt_tokens_details: {
                                /** Cached Tokens */
                                cached_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Total Tokens */
                            total_tokens: number;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    embeddings_v1_embeddings_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmbeddingsRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingList"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    files_v1_files_get: {
        parameters: {
            query?: {
                /** @description The id behind which to go on. */
                after?: string | null;
                limit?: number;
                order?: "asc" | "desc";
                purpose?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    upload_v1_files_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @enum {string} */
                    "expires_after[anchor]"?: "created_at";
                    "expires_after[seconds]"?: number;
                    /** Format: binary */
                    file: string;
                    /**
                     * Purpose
                     * @enum {string}
                     */
                    purpose: "fine-tune" | "batch" | "assistants" | "vision" | "user_data" | "evals";
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    file_v1_files__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    remove_v1_files__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    content_v1_files__id__content_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    fim_completions_v1_fim_completions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FimRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    jobs_v1_fine_tuning_jobs_get: {
        parameters: {
            query?: {
                /** @description The id behind which to go on. */
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_v1_fine_tuning_jobs_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewJob"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    job_v1_fine_tuning_jobs__id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_v1_fine_tuning_jobs__id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    checkpoints_v1_fine_tuning_jobs__id__checkpoints_get: {
        parameters: {
            query?: {
                /** @description The id behind which to go on. */
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    events_v1_fine_tuning_jobs__id__events_get: {
        parameters: {
            query?: {
                /** @description The id behind which to go on. */
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    finish_v1_fine_tuning_jobs__id__finish_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    pause_v1_fine_tuning_jobs__id__pause_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    resume_v1_fine_tuning_jobs__id__resume_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    edits_v1_images_edits_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Background
                     * @default auto
                     * @enum {string}
                     */
                    background?: "auto" | "opaque" | "transparent";
                    /** Class */
                    class?: string | number | null;
                    /** Guidance */
                    guidance?: number | null;
                    image: string | {
                        image_url: string;
                    };
                    /** Margins */
                    margins?: number[] | null;
                    mask?: string | {
                        image_url: string;
                    };
                    /** Model */
                    model?: string | null;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /**
                     * Output Format
                     * @default png
                     * @enum {string}
                     */
                    output_format?: "png" | "jpeg" | "webp";
                    /**
                     * Partial Images
                     * @default 0
                     */
                    partial_images?: number;
                    /** Prompt */
                    prompt: string;
                    /**
                     * Response Format
                     * @default b64_json
                     * @enum {string}
                     */
                    response_format?: "b64_json" | "url";
                    /** Sampler */
                    sampler?: string | null;
                    /** Seed */
                    seed?: number;
                    /**
                     * Size
                     * @default auto
                     */
                    size?: string;
                    /** Steps */
                    steps?: number | null;
                    /**
                     * Stream
                     * @default false
                     */
                    stream?: boolean;
                    /** Strength */
                    strength?: number | null;
                    style?: string | {
                        image_url: string;
                    };
                    /** Style Share */
                    style_share?: number | null;
                    /** Temperature */
                    temperature?: number | null;
                    /** Times */
                    times?: number | null;
                } & {
                    [key: string]: unknown;
                };
                "multipart/form-data": {
                    /**
                     * Background
                     * @default auto
                     * @enum {string}
                     */
                    background?: "auto" | "opaque" | "transparent";
                    /** Class */
                    class?: string | number | null;
                    /** Guidance */
                    guidance?: number | null;
                    /** Format: binary */
                    image: string;
                    /** Margins */
                    margins?: number[] | null;
                    /** Format: binary */
                    mask?: string;
                    /** Model */
                    model?: string | null;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /**
                     * Output Format
                     * @default png
                     * @enum {string}
                     */
                    output_format?: "png" | "jpeg" | "webp";
                    /**
                     * Partial Images
                     * @default 0
                     */
                    partial_images?: number;
                    /** Prompt */
                    prompt: string;
                    /**
                     * Response Format
                     * @default b64_json
                     * @enum {string}
                     */
                    response_format?: "b64_json" | "url";
                    /** Sampler */
                    sampler?: string | null;
                    /** Seed */
                    seed?: number;
                    /**
                     * Size
                     * @default auto
                     */
                    size?: string;
                    /** Steps */
                    steps?: number | null;
                    /**
                     * Stream
                     * @default false
                     */
                    stream?: boolean;
                    /** Strength */
                    strength?: number | null;
                    /** Format: binary */
                    style?: string;
                    /** Style Share */
                    style_share?: number | null;
                    /** Temperature */
                    temperature?: number | null;
                    /** Times */
                    times?: number | null;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pictures"];
                    "text/event-stream": {
                        /** B64 Json */
                        b64_json: string;
                        /** Background */
                        background: string;
                        /** Created At */
                        created_at: number;
                        /** Index */
                        index: number;
                        /** Of */
                        of: number;
                        /** Output Format */
                        output_format: string;
                        /** Partial Image Index */
                        partial_image_index?: number | null;
                        /** Quality */
                        quality: string;
                        /** Sequence Number */
                        sequence_number: number;
                        /** Size */
                        size: string;
                        /** Type */
                        type: ("image_generation.partial_image" | "image_edit.partial_image" | "image_variation.partial_image") | ("image_generation.completed" | "image_edit.completed" | "image_variation.completed");
                        usage?: ({
                            /** Input Tokens */
                            input_tokens: number;
                            /** Parted */
                            input_tokens_details: {
                                /** Image Tokens */
                                image_tokens: number;
                                /** Text Tokens */
                                text_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Output Tokens */
                            output_tokens: number;
                            /** Total Tokens */
                            total_tokens: number;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    generations_v1_images_generations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GenerationRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pictures"];
                    "text/event-stream": {
                        /** B64 Json */
                        b64_json: string;
                        /** Background */
                        background: string;
                        /** Created At */
                        created_at: number;
                        /** Index */
                        index: number;
                        /** Of */
                        of: number;
                        /** Output Format */
                        output_format: string;
                        /** Partial Image Index */
                        partial_image_index?: number | null;
                        /** Quality */
                        quality: string;
                        /** Sequence Number */
                        sequence_number: number;
                        /** Size */
                        size: string;
                        /** Type */
                        type: ("image_generation.partial_image" | "image_edit.partial_image" | "image_variation.partial_image") | ("image_generation.completed" | "image_edit.completed" | "image_variation.completed");
                        usage?: ({
                            /** Input Tokens */
                            input_tokens: number;
                            /** Parted */
                            input_tokens_details: {
                                /** Image Tokens */
                                image_tokens: number;
                                /** Text Tokens */
                                text_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Output Tokens */
                            output_tokens: number;
                            /** Total Tokens */
                            total_tokens: number;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    variations_v1_images_variations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Background
                     * @default auto
                     * @enum {string}
                     */
                    background?: "auto" | "opaque" | "transparent";
                    /** Class */
                    class?: string | number | null;
                    /** Guidance */
                    guidance?: number | null;
                    image: string | {
                        image_url: string;
                    };
                    /** Model */
                    model?: string | null;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /**
                     * Output Format
                     * @default png
                     * @enum {string}
                     */
                    output_format?: "png" | "jpeg" | "webp";
                    /**
                     * Partial Images
                     * @default 0
                     */
                    partial_images?: number;
                    /**
                     * Prompt
                     * @default
                     */
                    prompt?: string;
                    /**
                     * Response Format
                     * @default b64_json
                     * @enum {string}
                     */
                    response_format?: "b64_json" | "url";
                    /** Sampler */
                    sampler?: string | null;
                    /** Seed */
                    seed?: number;
                    /**
                     * Size
                     * @default auto
                     */
                    size?: string;
                    /** Steps */
                    steps?: number | null;
                    /**
                     * Stream
                     * @default false
                     */
                    stream?: boolean;
                    /**
                     * Strength
                     * @default 0.5
                     */
                    strength?: number;
                    style?: string | {
                        image_url: string;
                    };
                    /** Style Share */
                    style_share?: number | null;
                    /** Temperature */
                    temperature?: number | null;
                } & {
                    [key: string]: unknown;
                };
                "multipart/form-data": {
                    /**
                     * Background
                     * @default auto
                     * @enum {string}
                     */
                    background?: "auto" | "opaque" | "transparent";
                    /** Class */
                    class?: string | number | null;
                    /** Guidance */
                    guidance?: number | null;
                    /** Format: binary */
                    image: string;
                    /** Model */
                    model?: string | null;
                    /**
                     * N
                     * @default 1
                     */
                    n?: number;
                    /** Negative Prompt */
                    negative_prompt?: string | null;
                    /** Output Compression */
                    output_compression?: number | null;
                    /**
                     * Output Format
                     * @default png
                     * @enum {string}
                     */
                    output_format?: "png" | "jpeg" | "webp";
                    /**
                     * Partial Images
                     * @default 0
                     */
                    partial_images?: number;
                    /**
                     * Prompt
                     * @default
                     */
                    prompt?: string;
                    /**
                     * Response Format
                     * @default b64_json
                     * @enum {string}
                     */
                    response_format?: "b64_json" | "url";
                    /** Sampler */
                    sampler?: string | null;
                    /** Seed */
                    seed?: number;
                    /**
                     * Size
                     * @default auto
                     */
                    size?: string;
                    /** Steps */
                    steps?: number | null;
                    /**
                     * Stream
                     * @default false
                     */
                    stream?: boolean;
                    /**
                     * Strength
                     * @default 0.5
                     */
                    strength?: number;
                    /** Format: binary */
                    style?: string;
                    /** Style Share */
                    style_share?: number | null;
                    /** Temperature */
                    temperature?: number | null;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pictures"];
                    "text/event-stream": {
                        /** B64 Json */
                        b64_json: string;
                        /** Background */
                        background: string;
                        /** Created At */
                        created_at: number;
                        /** Index */
                        index: number;
                        /** Of */
                        of: number;
                        /** Output Format */
                        output_format: string;
                        /** Partial Image Index */
                        partial_image_index?: number | null;
                        /** Quality */
                        quality: string;
                        /** Sequence Number */
                        sequence_number: number;
                        /** Size */
                        size: string;
                        /** Type */
                        type: ("image_generation.partial_image" | "image_edit.partial_image" | "image_variation.partial_image") | ("image_generation.completed" | "image_edit.completed" | "image_variation.completed");
                        usage?: ({
                            /** Input Tokens */
                            input_tokens: number;
                            /** Parted */
                            input_tokens_details: {
                                /** Image Tokens */
                                image_tokens: number;
                                /** Text Tokens */
                                text_tokens: number;
                            } & {
                                [key: string]: unknown;
                            };
                            /** Output Tokens */
                            output_tokens: number;
                            /** Total Tokens */
                            total_tokens: number;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    models_v1_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
        };
    };
    model_v1_models__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelTold"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    respond_v1_responses_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResponsesRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    response_v1_responses__id__get: {
        parameters: {
            query?: {
                stream?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    forget_v1_responses__id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    cancel_v1_responses__id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    input_items_v1_responses__id__input_items_get: {
        parameters: {
            query?: {
                after?: string | null;
                limit?: number;
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
}
