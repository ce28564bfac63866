const e=a=>["text","code","chat"].includes(a.anew.modality),t=a=>a.anew.chats===!0,s=a=>a.anew.modality==="image"&&(a.anew.does??"make")==="make";export{t as c,s as d,e as w};
